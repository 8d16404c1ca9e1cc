// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleSystem
import Foundation
import Testing

@testable import BottleBackends

/// What is packed is what was saved, and what was saved is what was asked for.
struct SavedImageTests {
    private func verify(_ files: [(name: String, bytes: [UInt8])], is image: ImageDigest) throws {
        _ = try ImageFixture.with(try ImageFixture.archive(files)) { try SavedImage.verify($0, is: image) }
    }

    private func refusal(
        _ files: [(name: String, bytes: [UInt8])], _ image: ImageDigest
    ) throws -> BottleError {
        try #require(throws: BottleError.self) { try verify(files, is: image) }
    }

    @Test(arguments: ImageFixture.Store.allCases)
    func theImageThatWasAskedForIsTaken(store: ImageFixture.Store) throws {
        let fixture = ImageFixture(store: store)
        try verify(try fixture.files, is: try fixture.image)
    }

    @Test(arguments: ImageFixture.Store.allCases)
    func anotherImageIsRefused(store: ImageFixture.Store) throws {
        let other = ImageFixture(layers: [Array("another".utf8)], store: store)
        let error = try refusal(try other.files, try ImageFixture(store: store).image)
        #expect(error.code == .launch && "\(error)".contains("that of another image"), "\(error)")
    }

    @Test(arguments: ImageFixture.Store.allCases)
    func aChangeAnywhereIsSeen(store: ImageFixture.Store) throws {
        let fixture = ImageFixture(store: store)
        let files = try fixture.files
        for index in files.indices {
            var changed = files
            // In what names others, the first letter of the first name; elsewhere any byte.
            let key = ["manifest.json": "\"Config\":\"", "index.json": "\"digest\":\"sha256:"][files[index].name] ?? ""
            let bytes = files[index].bytes
            let place = key.isEmpty ? bytes.count / 2 : try #require(bytes.firstRange(of: Array(key.utf8))).upperBound
            changed[index].bytes[place] ^= 1
            #expect(throws: BottleError.self, "\(files[index].name)") { try verify(changed, is: try fixture.image) }
        }
    }

    @Test(arguments: ImageFixture.Store.allCases)
    func aLayerThatIsMissingOrSwappedIsSeen(store: ImageFixture.Store) throws {
        let fixture = ImageFixture(store: store)
        let files = try fixture.files
        let layers = files.indices.filter { index in
            files[index].name.hasSuffix("layer.tar") || index < fixture.layers.count && store != .old
        }
        #expect(layers.count == 2)
        var missing = files
        missing.remove(at: layers[0])
        #expect("\(try refusal(missing, try fixture.image))".contains("lacks the layer"))
        var swapped = files
        (swapped[layers[0]].bytes, swapped[layers[1]].bytes) = (files[layers[1]].bytes, files[layers[0]].bytes)
        _ = try refusal(swapped, try fixture.image)
    }

    @Test func twoImagesOrNoneAreRefused() throws {
        let fixture = ImageFixture()
        var files = try fixture.files
        files[files.count - 1].bytes = Array("[]".utf8)
        #expect("\(try refusal(files, try fixture.image))".contains("has 0 images"))
        let one = String(decoding: try fixture.files.last?.bytes.dropFirst().dropLast() ?? [], as: UTF8.self)
        files[files.count - 1].bytes = Array("[\(one),\(one)]".utf8)
        #expect("\(try refusal(files, try fixture.image))".contains("has 2 images"))
        files.removeLast()
        #expect("\(try refusal(files, try fixture.image))".contains("manifest.json"))
    }

    @Test func whatNewerProgramsReadHasToBeTheSameImage() throws {
        let fixture = ImageFixture(store: .both)
        let other = ImageFixture(layers: [Array("another".utf8)], store: .both)
        var files = try fixture.files.filter { $0.name != "index.json" }
        files += try other.files.filter { $0.name != "manifest.json" }
        let error = try refusal(files, try fixture.image)
        #expect("\(error)".contains("has another image in it"), "\(error)")
    }

    @Test func anOldEngineLinksLayersThatAreTheSame() throws {
        let layer = Array("twice".utf8)
        let fixture = ImageFixture(layers: [layer, layer])
        var archive = TarArchive()
        for file in try fixture.files where file.name != "layer1/layer.tar" {
            try archive.add(file: file.name, file.bytes, mode: 0o644)
        }
        try archive.add(symlink: "layer1/layer.tar", to: "../layer0/layer.tar")
        _ = try ImageFixture.with(archive.bytes) { try SavedImage.verify($0, is: try fixture.image) }
        var astray = TarArchive()
        for file in try fixture.files where file.name != "layer1/layer.tar" {
            try astray.add(file: file.name, file.bytes, mode: 0o644)
        }
        try astray.add(symlink: "layer1/layer.tar", to: "../../etc/passwd")
        #expect(throws: BottleError.self) {
            try ImageFixture.with(astray.bytes) { try SavedImage.verify($0, is: try fixture.image) }
        }
    }

    @Test(.enabled(if: EngineFixture.isHere, EngineFixture.reason))
    func whatAnEngineSavesIsTheImage() async throws {
        let engine = try EngineClient(environment: EngineFixture.environment)
        let image = try ImageDigest(
            try await DockerImages(engine: engine, image: ImageReference(environment: [:])).tools())
        let path = FileManager.default.temporaryDirectory.appending(path: "saved-\(UUID().uuidString).tar").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try await engine.call("save an image", ["save", "--output", path, "\(image)"])
        _ = try SavedImage.verify(path, is: image)
        let other = try ImageDigest(String(repeating: "0", count: 64))
        #expect(throws: BottleError.self) { try SavedImage.verify(path, is: other) }
    }

    @Test func whatIsNoFileIsNotRead() throws {
        let image = try ImageFixture().image
        #expect(throws: BottleError.self) { try SavedImage.verify("/dev/null", is: image) }
        #expect(throws: BottleError.self) { try SavedImage.verify("/no/such/file", is: image) }
    }

    @Test func aFileThatIsWrittenToIsAnother() throws {
        let fixture = ImageFixture()
        try ImageFixture.with(try ImageFixture.archive(try fixture.files)) { path in
            let identity = try SavedImage.verify(path, is: try fixture.image)
            #expect(SavedImage.Identity(path) == identity)
            let file = try FileHandle(forUpdating: URL(filePath: path))
            try file.write(contentsOf: Data([0x61]))
            try file.close()
            #expect(SavedImage.Identity(path) != identity)
        }
        #expect(SavedImage.Identity("/no/such/file") == nil)
    }
}
