import Datasets
import TestSupport
import Testing

@testable import mnist

@Test func theDataIsLookedForInTheOrderOfTheManual() throws {
  let home = try TemporaryFolder()
  func find(_ data: String?, _ variables: [String: String]) throws -> DataLocation {
    try DataLocation.find(data: data, embedded: false) { variables[$0] }
  }
  let complete = try SmallDataset.shared().path
  #expect(
    try DataLocation.find(data: nil, embedded: true) { _ in complete } == .embedded)
  #expect(try find(complete, ["MNIST_DIR": "/nonexistent"]) == .folder(complete))
  #expect(try find(nil, ["MNIST_DIR": complete]) == .folder(complete))
  #expect(try find(nil, ["MNIST_DIR": "", "HOME": home.path]) == .embeddedForWantOfData)
  #expect(throws: MNISTError.noFolder(path: "/nonexistent")) {
    try find(nil, ["MNIST_DIR": "/nonexistent"])
  }
  #expect(throws: MNISTError.self) { try find(home.path, [:]) }

  // A folder nobody named: absent or empty is no data, a part of it is an error, all of it is it.
  #if os(Linux)
    try home.makeFolder(".cache")
    try home.makeFolder(".cache/parallel-trainer")
    let cache = try home.makeFolder(".cache/parallel-trainer/mnist")
    #expect(try find(nil, ["HOME": home.path]) == .embeddedForWantOfData)
    try home.write([0], as: ".cache/parallel-trainer/mnist/t10k-labels-idx1-ubyte")
    #expect(throws: MNISTError.self) { try find(nil, ["HOME": home.path]) }
    for name in ["train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte"] {
      try home.write([0], as: ".cache/parallel-trainer/mnist/\(name)")
    }
    #expect(try find(nil, ["HOME": home.path]) == .folder(cache))
    #expect(
      try find(nil, ["HOME": "/nonexistent", "XDG_CACHE_HOME": home.path + "/.cache"])
        == .folder(home.path + "/.cache/parallel-trainer/mnist"))
  #endif
}

@Test func theCacheFolderFollowsTheEnvironment() {
  func folders(_ variables: [String: String]) -> [String] {
    DataLocation.cacheFolders { variables[$0] }
  }
  #if os(macOS)
    #expect(folders(["HOME": "/h"]) == ["/h/Library/Caches/parallel-trainer/mnist"])
  #else
    #expect(folders(["HOME": "/h"]) == ["/h/.cache/parallel-trainer/mnist"])
    #expect(
      folders(["HOME": "/h", "XDG_CACHE_HOME": "/c"]) == ["/c/parallel-trainer/mnist"])
    #expect(
      folders(["HOME": "/h", "XDG_CACHE_HOME": ""]) == ["/h/.cache/parallel-trainer/mnist"])
    #expect(
      folders(["HOME": "/h", "XDG_CACHE_HOME": "c"]) == ["/h/.cache/parallel-trainer/mnist"])
  #endif
  #expect(folders([:]) == [])
}

@Test func setsInOneFormatAreNamedByTheirFolder() {
  #expect(DataSelection.name(ofFolder: "data/mnist/") == "MNIST")
  #expect(DataSelection.name(ofFolder: "/d/fashion-mnist") == "Fashion-MNIST")
  #expect(DataSelection.name(ofFolder: "/d/KMNIST") == "KMNIST")
  #expect(DataSelection.name(ofFolder: "") == "MNIST")
}

@Test func aFolderIsNamedHoweverItIsGiven() throws {
  let folder = try TemporaryFolder()
  let clothes = try folder.makeFolder("fashion")
  #expect(DataSelection.name(ofFolder: clothes + "/.") == "Fashion-MNIST")
  let link = try folder.makeLink("data", to: clothes)
  #expect(DataSelection.name(ofFolder: link) == "Fashion-MNIST")
}

@Test func imagesAreShownTwoCharactersAPixel() {
  let image = GrayscaleImage(height: 2, width: 3, pixels: [0, 255, 0, 128, 0, 255])
  #expect(CharacterImage(hasUnicode: true).lines(of: image) == ["  ██", "▒▒  ██"])
  #expect(CharacterImage(hasUnicode: false).lines(of: image) == ["  @@", "++  @@"])
  let wide = GrayscaleImage(
    height: 50, width: 200, pixels: [UInt8](repeating: 255, count: 10_000))
  let lines = CharacterImage(hasUnicode: false).lines(of: wide)
  #expect(lines == Array(repeating: String(repeating: "@", count: 80), count: 10))
}
