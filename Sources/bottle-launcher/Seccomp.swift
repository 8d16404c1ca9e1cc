// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import CBottleShims

/// The system call filters of everything that runs in a sandbox, and of a guest in a container.
///
/// That of a sandbox is an allow-list, so that a call that does not exist yet is refused too. What is refused looks like an old kernel
/// (ENOSYS) or, for calls with a well known meaning, like missing permission (EPERM).
enum Seccomp {
    private static let allow: UInt32 = 0x7fff_0000
    private static let notPermitted: UInt32 = 0x0005_0000 | 1
    private static let notImplemented: UInt32 = 0x0005_0000 | 38
    /// Returns 0 and does nothing.
    private static let pretend: UInt32 = 0x0005_0000
    private static let kill: UInt32 = 0x8000_0000

    /// Offsets in `struct seccomp_data`; arguments are compared by their low halves, as the kernel uses them.
    private static let numberOffset: UInt32 = 0
    private static let architectureOffset: UInt32 = 4
    private static func argumentOffset(_ index: UInt32) -> UInt32 { 16 + 8 * index }

    /// CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID and NEWNET.
    private static let newNamespaces: UInt32 = 0x7e02_0000
    /// TIOCSTI, TIOCLINUX and TIOCSETD: typing for others, and line disciplines, on a terminal that came from outside.
    private static let terminalRequests: [UInt32] = [0x5412, 0x541c, 0x5423]
    /// Unix, IPv4, IPv6.
    private static let plainFamilies: [UInt32] = [1, 2, 10]
    private static let unixFamily: UInt32 = 1
    private static let netlinkFamily: UInt32 = 16
    /// Between a virtual machine and its host: no network namespace holds it, so that a guest on a machine in a cloud could
    /// speak to whoever runs that.
    private static let vsockFamily: UInt32 = 40
    /// Linux with and without UNAME26, with and without an address space that is not randomised, and "tell me".
    private static let personalities: [UInt32] = [0, 0x0008, 0x20000, 0x20008, 0xffff_ffff]

    /// Puts the filter on this process for good; it must already have given up new privileges.
    static func install(allowsVsock: Bool) throws(Failure) {
        var program = Program()
        program.load(architectureOffset)
        program.unless(launcher_architecture(), kill)
        program.load(numberOffset)
        program.ifAtLeast(launcher_foreign_calls(), notImplemented)
        for index in 0..<launcher_allowed_count() where !examined(launcher_allowed_call(index)) {
            program.ifEqual(UInt32(launcher_allowed_call(index)), allow)
        }
        program.ifEqual(UInt32(launcher_call_clone3()), notImplemented)
        for index in 0..<launcher_denied_count() {
            program.ifEqual(UInt32(launcher_denied_call(index)), notPermitted)
        }
        program.block(UInt32(launcher_call_clone())) { block in
            block.load(argumentOffset(0))
            block.ifAnyBit(newNamespaces, notPermitted)
            block.finish(allow)
        }
        program.block(UInt32(launcher_call_ioctl())) { block in
            block.load(argumentOffset(1))
            for request in terminalRequests { block.ifEqual(request, notPermitted) }
            block.finish(allow)
        }
        program.block(UInt32(launcher_call_personality())) { block in
            block.load(argumentOffset(0))
            for value in personalities { block.ifEqual(value, allow) }
            block.finish(notPermitted)
        }
        program.block(UInt32(launcher_call_socket())) { block in
            block.load(argumentOffset(0))
            for family in plainFamilies { block.ifEqual(family, allow) }
            if allowsVsock { block.ifEqual(vsockFamily, allow) }
            block.unless(netlinkFamily, notPermitted)
            block.load(argumentOffset(2))
            block.ifEqual(0, allow)
            block.finish(notPermitted)
        }
        program.block(UInt32(launcher_call_socketpair())) { block in
            // The kernel makes two sockets before it finds that a family has no pairs: all its code would be in reach.
            block.load(argumentOffset(0))
            block.ifEqual(unixFamily, allow)
            block.finish(notPermitted)
        }
        keepCoreLimit(&program)
        program.finish(notImplemented)
        try install(program)
    }

    private static func install(_ program: Program) throws(Failure) {
        let instructions = program.instructions
        try check(
            launcher_install_filter(instructions, UInt16(instructions.count)), "seccomp",
            "install the system call filter")
    }

    /// Refuses sockets of AF_VSOCK to this process for good, beside whatever an engine's own filter refuses.
    ///
    /// Engines before Docker 23 let them through, and those after it what no filter can look into: the call of the 32-bit
    /// interface that takes its arguments from memory, and rings. Gives up new privileges first: without that the kernel
    /// takes no filter from a user, and the guest of a machine starts without.
    static func refuseVsock() throws(Failure) {
        try check(launcher_no_new_privileges(), "seccomp", "give up new privileges")
        var program = Program()
        program.load(architectureOffset)
        program.block(launcher_architecture()) { native in
            native.load(numberOffset)
            native.ifAtLeast(launcher_foreign_calls(), notImplemented)
            refuseVsock(&native, socket: UInt32(launcher_call_socket()))
        }
        program.block(launcher_foreign_architecture()) { foreign in
            foreign.load(numberOffset)
            foreign.block(launcher_foreign_socketcall()) { block in
                block.load(argumentOffset(0))
                block.ifEqual(1, notImplemented)
                block.finish(allow)
            }
            refuseVsock(&foreign, socket: launcher_foreign_socket())
        }
        program.finish(kill)
        try install(program)
    }

    private static func refuseVsock(_ program: inout Program, socket: UInt32) {
        // Setting one up, entering it and registering with it: the numbers are the same on every architecture.
        for call: UInt32 in 425...427 { program.ifEqual(call, notPermitted) }
        program.block(socket) { block in
            block.load(argumentOffset(0))
            block.ifEqual(vsockFamily, notPermitted)
            block.finish(allow)
        }
        program.finish(allow)
    }

    /// A core limit of 0 would start the machine's core handler, as its root, on what the guest made of its memory; the
    /// limit of 1 that every process here has does not. Programs that lower it are told that they did.
    private static func keepCoreLimit(_ program: inout Program) {
        program.block(UInt32(launcher_call_setrlimit())) { block in
            block.load(argumentOffset(0))
            block.ifEqual(launcher_core_resource(), pretend)
            block.finish(allow)
        }
        program.block(UInt32(launcher_call_prlimit())) { block in
            block.load(argumentOffset(1))
            block.unless(launcher_core_resource(), allow)
            // Asking alone, without a new limit, is harmless; a pointer has two halves.
            for half: UInt32 in [0, 4] {
                block.load(argumentOffset(2) + half)
                block.ifAnyBit(0xffff_ffff, pretend)
            }
            block.finish(allow)
        }
    }

    private static func examined(_ call: Int32) -> Bool {
        [
            launcher_call_clone(), launcher_call_ioctl(), launcher_call_socket(), launcher_call_personality(),
            launcher_call_socketpair(), launcher_call_setrlimit(), launcher_call_prlimit(),
        ].contains(call)
    }
}

extension Seccomp {
    /// A classic BPF program: one value is loaded at a time, and tests on it return or fall through.
    private struct Program {
        private(set) var instructions: [launcher_instruction] = []

        mutating func load(_ offset: UInt32) { add(0x20, offset) }
        mutating func finish(_ action: UInt32) { add(0x06, action) }

        mutating func ifEqual(_ value: UInt32, _ action: UInt32) { test(0x15, value, 0, 1, action) }
        mutating func unless(_ value: UInt32, _ action: UInt32) { test(0x15, value, 1, 0, action) }
        mutating func ifAtLeast(_ value: UInt32, _ action: UInt32) { test(0x35, value, 0, 1, action) }
        mutating func ifAnyBit(_ mask: UInt32, _ action: UInt32) { test(0x45, mask, 0, 1, action) }

        /// Instructions for one call number, which end in a return; they are few enough for a jump across.
        mutating func block(_ number: UInt32, _ body: (inout Program) -> Void) {
            var inner = Program()
            body(&inner)
            add(0x15, number, 0, UInt8(inner.instructions.count))
            instructions += inner.instructions
        }

        private mutating func test(
            _ code: UInt16, _ value: UInt32, _ whenTrue: UInt8, _ whenFalse: UInt8, _ action: UInt32
        ) {
            add(code, value, whenTrue, whenFalse)
            finish(action)
        }

        private mutating func add(_ code: UInt16, _ value: UInt32, _ whenTrue: UInt8 = 0, _ whenFalse: UInt8 = 0) {
            instructions.append(
                launcher_instruction(code: code, when_true: whenTrue, when_false: whenFalse, value: value))
        }
    }
}
