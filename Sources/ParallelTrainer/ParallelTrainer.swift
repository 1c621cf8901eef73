/// ParallelTrainer, whole: the one import of a program that embeds it.
@_exported import Datasets
@_exported import Kernels
@_exported import ModelFormats
@_exported import NeuralNetwork
@_exported import Training
