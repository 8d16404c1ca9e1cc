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

        /// The directories in a directory: a bottle's state is one, what a driver keeps for itself is files.
        static func directories(of root: String) -> [String] {
            TreeWatch.names(in: root).filter { name in
                var status = stat()
                return lstat("\(root)/\(name)", &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
            }.sorted()
        }
    }
#endif
