// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

package import BottleCore
import SystemPackage

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The directory of a manifest, which none of its paths leaves.
package enum ManifestDirectory {
    /// The real path of a file or directory that a manifest names.
    ///
    /// - Throws: `.input` for a path that is not relative or leaves the directory, be it through a link; `.notFound` when
    ///   nothing is there.
    package static func resolve(_ relative: String, in directory: String) throws(BottleError) -> String {
        if let reason = ManifestRules.problem(withRelativePath: relative) {
            throw BottleError(.input, "the path \(Quoted(relative)) cannot be used: \(reason).")
        }
        let root = FilePath(URL(filePath: directory).resolvingSymlinksInPath().path)
        let path = FilePath(URL(filePath: "\(directory)/\(relative)").resolvingSymlinksInPath().path)
        guard path != root, path.starts(with: root) else {
            throw BottleError(
                .input, "the path \(Quoted(relative)) leads out of the manifest's directory; put a copy into it.")
        }
        guard FileManager.default.fileExists(atPath: path.string) else {
            throw BottleError(
                .notFound, "the path \(Quoted(relative)) leads to nothing in \(Quoted(directory)); create the file.")
        }
        return path.string
    }
}
