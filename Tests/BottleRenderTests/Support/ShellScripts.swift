// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleRender
import Foundation

extension GitGateScripts {
    /// The shell scripts by name.
    var shell: [(name: String, bytes: [UInt8])] {
        [("entrypoint", entrypoint), ("hooks/pre-receive", preReceive), ("access", accessHook)]
    }

    /// Writes all files, the scripts executable.
    func write(to directory: URL) throws {
        try FileManager.default.createDirectory(
            at: directory.appending(path: "hooks"), withIntermediateDirectories: true)
        for script in shell {
            let file = directory.appending(path: script.name)
            try Data(script.bytes).write(to: file)
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file.path)
        }
        try Data(gitleaksConfig).write(to: directory.appending(path: "gitleaks.toml"))
    }
}
