// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

#if os(Linux)
    import Glibc

    /// Looks through directories without following a link.
    enum FileScan {
        /// The regular files below a directory.
        static func files(below root: String) -> [String] {
            var found: [String] = []
            var waiting = [root]
            while let directory = waiting.popLast() {
                for name in TreeWatch.names(in: directory) {
                    let path = "\(directory)/\(name)"
                    var status = stat()
                    guard lstat(path, &status) == 0 else { continue }
                    switch status.st_mode & S_IFMT {
                    case S_IFDIR: waiting.append(path)
                    case S_IFREG: found.append(path)
                    default: continue
                    }
                }
            }
            return found
        }

        /// What stands in a directory, names that begin with a dot left out: a driver's own lock, say.
        static func entries(of root: String) -> [String] {
            TreeWatch.names(in: root).filter { !$0.hasPrefix(".") && $0 != "lock" }.sorted()
        }
    }
#endif
