// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import CBottleShims

// Started by the harness only:
//
//     world PARENT             a private world, with the control channel as standard input
//     serve PATH               the control channel at a path, about the network that it is started in
//     guard POLICY...          the first process of the container that holds a guest's network
//     inmate open|ADDRESS      the first process of a guest in a container; with "vsock" behind it, AF_VSOCK stays open
//     leash PARENT ARGV...     a program of this machine that ends with the process that started it
//     run MILLISECONDS ARGV... one program in a container; run-tty for one on a terminal,
//                              run-vsock and run-tty-vsock for those to which AF_VSOCK stays open
//     look ASPECT...           what the kernel says about a network
enum Main {
    static func run() -> Never {
        var arguments: [[UInt8]] = []
        var index: Int32 = 1
        while let pointer = launcher_argument(index) {
            arguments.append(Array(String(cString: pointer).utf8))
            index += 1
        }
        let rest = Array(arguments.dropFirst())
        switch arguments.first {
        case Array("world".utf8):
            if rest.count == 1, let process = Files.numbers(rest[0]).first.flatMap({ Int32(exactly: $0) }) {
                World.start(parent: process)
            }
        case Array("serve".utf8): if rest.count == 1 { Server.serve(path: rest[0]) }
        case Array("guard".utf8): Guard.run(rest)
        case Array("inmate".utf8): Inmate.run(rest)
        case Array("leash".utf8): Leash.run(rest)
        case Array("run".utf8): Supervised.run(rest)
        case Array("run-tty".utf8): Supervised.runOnTerminal(rest)
        case Array("run-vsock".utf8): Supervised.run(rest, allowsVsock: true)
        case Array("run-tty-vsock".utf8): Supervised.runOnTerminal(rest, allowsVsock: true)
        case Array("look".utf8): NetworkView.run(rest)
        default: break
        }
        _ = Files.write(2, Array("bottle-launcher: started by bottle-conformance only\n".utf8))
        launcher_exit(64)
    }
}

Main.run()
