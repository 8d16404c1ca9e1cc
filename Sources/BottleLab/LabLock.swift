// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

package import BottleCore

/// Which version of every package a lab was tested with.
package struct LabLock: Sendable, Hashable {
    /// A package, its version, and the hash of its file.
    package struct Entry: Sendable, Hashable {
        package let name: String
        package let version: String
        /// SHA-256 in hexadecimal digits.
        package let hash: String
    }

    package let entries: [Entry]

    /// Reads lines of `NAME VERSION SHA256`; lines that begin with `#` say something to people.
    ///
    /// - Throws: `.input` for a line that is none, or a name that comes twice.
    package init(_ text: String) throws(BottleError) {
        var entries: [Entry] = []
        var names: Set<Substring> = []
        for line in text.split(whereSeparator: \.isNewline) where !line.hasPrefix("#") {
            let words = line.split(separator: " ")
            guard words.count == 3, words[2].utf8.count == 64, words[2].allSatisfy(\.isHexDigit) else {
                throw BottleError(
                    .input, "The lock of the lab has a line that names no package: \(Quoted(String(line))).")
            }
            guard names.insert(words[0]).inserted else {
                throw BottleError(.input, "The lock of the lab names the package \(Quoted(String(words[0]))) twice.")
            }
            entries.append(Entry(name: String(words[0]), version: String(words[1]), hash: words[2].lowercased()))
        }
        self.entries = entries
    }

    /// The names of packages whose locked version apt says it cannot have.
    ///
    /// - Parameter said: apt's standard error, for example `E: Version '1.2' for 'runc' was not found`, or for a name with a
    ///   version in it `E: Unable to locate package linux-image-6.1.0-1`.
    package static func missing(_ said: String) -> Set<String> {
        var names: Set<String> = []
        for line in said.split(whereSeparator: \.isNewline) where line.hasPrefix("E: ") {
            let quoted = line.split(separator: "'", omittingEmptySubsequences: false)
            if line.hasPrefix("E: Version "), quoted.count >= 4 { names.insert(String(quoted[3])) }
            let unknown = "E: Unable to locate package "
            if line.hasPrefix(unknown) { names.insert(String(line.dropFirst(unknown.count))) }
        }
        return names
    }
}
