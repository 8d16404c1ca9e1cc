// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

package import BottleCore

/// What values may look like before they get into a file or onto a command line; each rule throws one sentence.
package enum RenderRules {
    /// An absolute path without control characters, `.` and `..`, neither `/` itself nor with a slash at its end.
    package static func path(_ path: String, _ what: String) throws(BottleError) {
        let parts = path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        let isPlain = parts.dropFirst().allSatisfy { part in
            !part.isEmpty && !part.elementsEqual(".".utf8) && !part.elementsEqual("..".utf8)
        }
        guard path.utf8.first == UInt8(ascii: "/"), parts.count > 1, isPlain else {
            throw BottleError(
                .input, "The \(what) \(Quoted(path)) cannot be used: give an absolute path without \".\" and \"..\".")
        }
        try line(path, what)
    }

    /// One line: no control character and no line or paragraph separator.
    package static func line(_ text: String, _ what: String) throws(BottleError) {
        let breaks = text.unicodeScalars.contains { scalar in
            switch scalar.properties.generalCategory {
            case .control, .lineSeparator, .paragraphSeparator: true
            default: false
            }
        }
        if breaks {
            throw BottleError(.input, "The \(what) \(Quoted(text)) contains a control character: give it on one line.")
        }
    }

    /// One of the rules of manifests.
    package static func manifest(_ problem: String?, _ what: String, _ text: String) throws(BottleError) {
        guard let problem else { return }
        throw BottleError(.input, "The \(what) \(Quoted(text)) cannot be used: \(problem).")
    }

    /// An environment: names that are names and values that a process can have; a value never shows in a message.
    package static func environment(_ environment: [String: String]) throws(BottleError) {
        for (name, value) in CodePointOrder.sorted(environment) {
            try manifest(ManifestRules.problem(withVariable: name), "variable", name)
            try manifest(ManifestRules.problem(withValue: value), "value of the variable", name)
        }
    }

    /// An image reference: what a registry or an engine can have, so nothing that could be read as a flag.
    package static func image(_ image: String, _ what: String) throws(BottleError) {
        let allowed = image.utf8.allSatisfy { byte in isAlphanumeric(byte) || "._-/:@".utf8.contains(byte) }
        guard allowed, image.utf8.count <= 512, let first = image.utf8.first, isAlphanumeric(first) else {
            throw BottleError(
                .input, "The \(what) \(Quoted(image)) is not an image reference: expected one such as \"agent:latest\"."
            )
        }
    }

    /// The address of a bundle: IPv4, one that a guest may be allowed to reach.
    ///
    /// Loopback, "this host", link-local and multicast ranges would open the host itself or the cloud's metadata;
    /// 100.64.0.0/10 holds the gateway of smolvm, behind which the host's loopback stands.
    package static func bundleAddress(_ text: String) throws(BottleError) -> IPv4 {
        let address = try IPv4(text, "bundle address")
        let refused =
            address.octets[0] == 0 || address.octets[0] == 127 || address.octets[0] >= 224
            || (address.octets[0] == 169 && address.octets[1] == 254)
            || (address.octets[0] == 100 && (64...127).contains(address.octets[1]))
        if refused {
            throw BottleError(
                .input, "The bundle address \(text) would open more than the bundle: give one of a private network.")
        }
        return address
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
    }
}
