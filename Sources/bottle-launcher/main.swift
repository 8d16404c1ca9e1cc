// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import CBottleShims

// `bottle-launcher world PARENT`, started by the harness with the control channel as its standard input.
enum Main {
    static func run() -> Never {
        guard let mode = argument(1), mode == Array("world".utf8), let parent = argument(2),
            let process = Files.numbers(parent).first.flatMap({ Int32(exactly: $0) })
        else {
            let usage = Array("bottle-launcher: started by bottle-conformance only, as: world PARENT-PID\n".utf8)
            _ = Files.write(2, usage)
            launcher_exit(64)
        }
        World.start(parent: process)
    }

    private static func argument(_ index: Int32) -> [UInt8]? {
        guard let pointer = launcher_argument(index) else { return nil }
        return Array(String(cString: pointer).utf8)
    }
}

Main.run()
