// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

package import BottleCore
import SystemPackage

/// A manifest as a file, with everything that it refers to in its directory.
package struct ManifestFile: Sendable {
    package let manifest: Manifest
    /// What the manifest's relative paths are relative to.
    package let directory: String
    /// The Markdown files of its agents, relative to the directory; what they say is part of the manifest.
    package let texts: [String]

    /// The most bytes of all Markdown files of a manifest together.
    package static let maximumTotal = 8 * ManifestDecoder.maximumSize

    /// Reads and checks a manifest, the Markdown files of its agents and the places of its keys.
    ///
    /// - Throws: `.input` with the place of what is wrong, or when a file cannot be read.
    package static func load(_ path: String) throws(BottleError) -> ManifestFile {
        let text = try read(path, name: path)
        let parent = FilePath(path).removingLastComponent().string
        let directory = parent.isEmpty ? "." : parent
        var left = maximumTotal
        var texts: Set<String> = []
        let manifest = try ManifestDecoder.decode(yaml: text, file: path) { (relative) throws(BottleError) in
            let file = try ManifestDirectory.resolve(relative, in: directory)
            let text = try read(file, name: file)
            left -= text.utf8.count
            guard left >= 0 else {
                throw BottleError(
                    .input, "\(path): its agents' files have more than \(maximumTotal) bytes; shorten them.")
            }
            texts.insert(relative)
            return (file, text)
        }
        for (name, bottle) in manifest.bottles.sorted(by: { $0.key < $1.key }) {
            for relative in bottle.gitUpstreams.flatMap({ [$0.identity, $0.knownHosts].compactMap(\.self) }) {
                do throws(BottleError) {
                    _ = try ManifestDirectory.resolve(relative, in: directory)
                } catch  where error.code == .notFound {
                    // A launch needs the key, a plan does not.
                } catch {
                    throw BottleError(.input, "\(path): in bottle \(Quoted(name)): \(error.message)")
                }
            }
        }
        return ManifestFile(manifest: manifest, directory: directory, texts: texts.sorted())
    }

    /// The text of a file of bounded size; a pipe or a device is read no further than that either.
    private static func read(_ path: String, name: String) throws(BottleError) -> String {
        let limit = ManifestDecoder.maximumSize
        var bytes: [UInt8] = []
        do {
            // A pipe without a writer must not hold us up.
            let file = try FileDescriptor.open(FilePath(path), .readOnly, options: [.closeOnExec, .nonBlocking])
            try file.closeAfter {
                let chunk = UnsafeMutableRawBufferPointer.allocate(byteCount: 65_536, alignment: 16)
                defer { chunk.deallocate() }
                while bytes.count <= limit {
                    let count = try file.read(into: chunk)
                    if count == 0 { break }
                    bytes.append(contentsOf: chunk[..<count])
                }
            }
        } catch {
            throw BottleError(
                .input, "\(name): the file cannot be read; give the path of a readable YAML file.", cause: error)
        }
        guard bytes.count <= limit else {
            throw BottleError(.input, "\(name):1:1: found more than \(limit) bytes, expected at most that many.")
        }
        if let reason = TextRules.problem(with: bytes) {
            let place = TextRules.place(of: reason.offset, in: bytes)
            throw BottleError(.input, "\(name):\(place.line):\(place.column): \(reason.text)")
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
