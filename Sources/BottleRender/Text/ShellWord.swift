// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

package import BottleCore

/// The one function through which a value gets into a shell script.
package enum ShellWord {
    /// The text as one word of POSIX sh that means exactly that text.
    ///
    /// Between single quotes sh gives no character a meaning, so only the single quote itself needs care.
    ///
    /// - Parameter what: What the text is, for the message.
    /// - Throws: `.input` for a NUL byte, which no shell word can hold.
    package static func quoted(_ text: String, _ what: String) throws(BottleError) -> String {
        if text.utf8.contains(0) {
            throw BottleError(.input, "The \(what) \(Quoted(text)) contains a NUL byte: give one without.")
        }
        var result = "'"
        for scalar in text.unicodeScalars {
            if scalar == "'" { result += "'\\''" } else { result.unicodeScalars.append(scalar) }
        }
        return result + "'"
    }
}
