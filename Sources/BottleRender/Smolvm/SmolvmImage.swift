// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

package import BottleCore

/// What `pack create` turns into a pack.
package enum SmolvmImage: Sendable, Hashable {
    /// An archive of `docker save` on this machine; an absolute path (release 1.32).
    case archive(String)
    /// A reference that smolvm pulls from a registry, for example `localhost:5000/claude-bottle:0123456789abcdef`.
    case reference(String)

    /// The value of `--image`.
    ///
    /// - Throws: `.input` for a path or a reference that is none.
    package func argument() throws(BottleError) -> String {
        switch self {
        case .archive(let path):
            try RenderRules.path(path, "image archive")
            return path
        case .reference(let reference):
            try RenderRules.image(reference, "image")
            return reference
        }
    }
}
