// ParallelTrainer, whole: the one import of a program that embeds it. What works on raw memory stays
// inside: of kernels and networks, only what an embedder needs is passed on.

@_exported import Datasets
@_exported import ModelFormats
@_exported import Training

@_exported import enum FileSystem.FileError
@_exported import enum Kernels.KernelError
@_exported import struct Kernels.KernelVariant
@_exported import enum NeuralNetwork.Activation
@_exported import typealias NeuralNetwork.Dense
@_exported import struct NeuralNetwork.DenseLayer
@_exported import struct NeuralNetwork.Dropout
@_exported import struct NeuralNetwork.ImageSize
@_exported import enum NeuralNetwork.Initializer
@_exported import enum NeuralNetwork.LayerBuilder
@_exported import struct NeuralNetwork.LayerDescription
@_exported import struct NeuralNetwork.Model
@_exported import struct NeuralNetwork.Network
@_exported import enum NeuralNetwork.NetworkError
@_exported import struct NeuralNetwork.Parameters
@_exported import struct NeuralNetwork.Perceptron
@_exported import enum NeuralNetwork.TransferError
