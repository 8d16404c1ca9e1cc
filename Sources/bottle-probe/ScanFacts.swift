// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import CBottleShims

/// Where marks stand in what this process can read: files, their names, links, environments and command lines.
///
/// It changes nothing, follows no link, opens no device that was not asked for, and ends at its deadline. What it could
/// not read it names, so that its silence about the rest is worth something.
struct ScanFacts {
    /// How much is looked through.
    struct Scope {
        /// Where the walk begins, an absolute path.
        var root: Bytes
        /// Seconds since 1970; files of before are left out where the kernel's word for that can be trusted.
        var since: Int64
        /// A clock that shows less than this many seconds since 1970 is behind.
        var made: Int64
        /// Whether block devices are read that no file system here comes from.
        var readsDevices: Bool
        /// Microseconds.
        var budget: UInt64
    }

    private static let mostPlaces = 512
    private static let mostUnread = 256
    private static let mostDepth = 128
    private static let mostProcesses = 64
    private static let mostOfCommand = 128
    private static let chunk = 256 << 10
    /// More than the kernel lets a process have.
    private static let mostOfProcess = 8 << 20

    private let marks: Marks
    private let scope: Scope
    private let deadline: Deadline
    /// The longest mark less one byte of what was read before, then what was read now.
    private var buffer: Bytes
    /// What is known of the file systems met so far, by their device.
    private var filesystems: [(device: UInt64, kind: Int32)] = []
    private var devices: [(path: Bytes, device: UInt64)] = []
    private var places: [Bytes] = []
    private var unread: [Bytes] = []
    private var commands: [Bytes] = []

    private var placeCount: UInt64 = 0
    private var unreadCount: UInt64 = 0
    private var entries: UInt64 = 0
    private var files: UInt64 = 0
    private var bytes: UInt64 = 0
    private var older: UInt64 = 0
    /// Programs that may be run and not read, and directories of long ago that are closed.
    private var closed: UInt64 = 0
    private var sockets: UInt64 = 0
    private var processes: UInt64 = 0
    private var environments: UInt64 = 0
    private var isLate = false

    init(_ marks: Marks, _ scope: Scope) {
        self.marks = marks
        self.scope = scope
        deadline = Deadline(after: scope.budget)
        buffer = Bytes(repeating: 0, count: marks.longest + Self.chunk)
    }

    /// `place.N` is a comma-separated list of labels, a space, and where they stand; `unread.N` an error, a space and a
    /// path; `process.N`, of the first of them, is its number, `read` or `closed` for its environment, and how its command
    /// line begins. `places` and `unreads` count them, also those that are not listed. `complete` is 1 unless time ran out, and
    /// `behind` 1 where the clock is.
    mutating func collect() -> Outcome {
        let clock = probe_clock()
        ownEnvironment()
        let directory = TreeFacts.open(scope.root)
        guard directory >= 0 else { return Outcome(.done, errno: directory) }
        var entry = probe_entry()
        let failure = probe_entry_of(directory, &entry)
        guard failure == 0 else {
            _ = probe_close(directory)
            return Outcome(.done, errno: failure)
        }
        walk(directory, entry, scope.root.last == 0x2f ? Bytes(scope.root.dropLast()) : scope.root, 0)
        rawDevices()
        var outcome = Outcome(.done)
        outcome.note("complete", Bytes(isLate ? "0" : "1"))
        outcome.note("behind", Bytes(clock < scope.made ? "1" : "0"))
        outcome.note("clock", Bytes(decimal: UInt64(max(clock, 0))))
        outcome.note("since", Bytes(decimal: UInt64(max(scope.since, 0))))
        let counts: [(StaticString, UInt64)] = [
            ("entries", entries), ("files", files), ("bytes", bytes), ("older", older), ("closed", closed),
            ("sockets", sockets), ("processes", processes), ("environments", environments), ("places", placeCount),
            ("unreads", unreadCount),
        ]
        for (name, count) in counts { outcome.note(name, Bytes(decimal: count)) }
        for (list, name) in [(places, Bytes("place.")), (unread, Bytes("unread.")), (commands, Bytes("process."))] {
            for (index, value) in list.enumerated() {
                outcome.facts.append(Outcome.Fact(name: name + Bytes(decimal: UInt64(index)), value: value))
            }
        }
        return outcome
    }

    // MARK: - What is found

    private mutating func found(_ bits: UInt64, _ kind: StaticString, _ place: Bytes) {
        guard bits != 0 else { return }
        placeCount += 1
        guard places.count < Self.mostPlaces else { return }
        var text: Bytes = []
        for (index, mark) in marks.all.enumerated() where bits >> UInt64(index) & 1 == 1 {
            if !text.isEmpty { text.append(0x2c) }
            text += mark.label
        }
        places.append(text + [0x20] + Bytes(kind) + [0x20] + clean(place))
    }

    private mutating func missed(_ error: Int32, _ path: Bytes) {
        unreadCount += 1
        guard unread.count < Self.mostUnread else { return }
        unread.append(Outcome.name(of: abs(error)) + [0x20] + clean(path))
    }

    /// A path or a name as it may be reported: what is looked for is never printed, not even as a name.
    private func clean(_ text: Bytes) -> Bytes {
        var text = text
        while !text.isEmpty, marks.search(text) != 0 {
            let end = text.dropLast().lastIndex(of: 0x2f) ?? 0
            text = Bytes(text[..<end])
        }
        return text
    }

    // MARK: - Files

    /// Walks a directory and closes it.
    private mutating func walk(_ directory: Int32, _ own: probe_entry, _ path: Bytes, _ depth: Int) {
        let kind = filesystem(own.device, directory)
        if kind == Int32(probe_filesystem_processes.rawValue) {
            readProcesses(directory, path)
            return
        }
        if kind == Int32(probe_filesystem_pseudo.rawValue) {
            _ = probe_close(directory)
            return
        }
        guard kind >= 0, depth <= Self.mostDepth else {
            _ = probe_close(directory)
            return missed(kind < 0 ? kind : -probe_error_overflow, path)
        }
        var failure: Int32 = 0
        guard let listing = probe_listing_open(directory, &failure) else { return missed(failure, path) }
        defer { probe_listing_close(listing) }
        var name = Bytes(repeating: 0, count: 256)
        var entry = probe_entry()
        while !isLate {
            let next = probe_listing_next(listing, &name, &entry)
            if next == 0 { return }
            if next < 0 { return missed(next, path) }
            entries += 1
            if entries & 63 == 0, deadline.isOver { isLate = true }
            visit(name, entry, in: probe_listing_descriptor(listing), path, depth)
        }
    }

    private mutating func visit(
        _ name: Bytes, _ entry: probe_entry, in directory: Int32, _ parent: Bytes, _ depth: Int
    ) {
        // Gone between the listing and the look.
        if entry.error == -probe_error_missing { return }
        let isOld = isOlder(entry)
        // Most of what there is: old files, about which nothing more has to be known, not even the name.
        if isOld, UInt8(bitPattern: entry.type) == UInt8(ascii: "r") {
            older += 1
            return
        }
        let path = parent + [0x2f] + name.prefix { $0 != 0 }
        if entry.error != 0 { return missed(entry.error, path) }
        if !isOld { found(marks.search(Bytes(name.prefix { $0 != 0 })), "name", parent + [0x2f]) }
        switch UInt8(bitPattern: entry.type) {
        case UInt8(ascii: "d"):
            let child = probe_open_directory(directory, name)
            if child == -probe_error_missing { return }
            // Nothing was made in it since, and nobody here can look into it.
            if child < 0, isOld { return closed += 1 }
            guard child >= 0 else { return missed(child, path) }
            walk(child, entry, path, depth + 1)
        case UInt8(ascii: "r"): file(name, entry, in: directory, path)
        case UInt8(ascii: "l"):
            guard !isOld else { return }
            var target = Bytes(repeating: 0, count: 4096)
            let length = probe_read_link_in(directory, name, &target, target.count)
            guard length >= 0 else { return missed(Int32(truncatingIfNeeded: length), path) }
            found(marks.search(Bytes(target[..<length])), "link", path)
        case UInt8(ascii: "s"): sockets += 1
        case UInt8(ascii: "b"): devices.append((path, entry.stands_for))
        default: break
        }
    }

    /// Whether a kernel that can be trusted with it says that a file was not changed since the marks' secret was made.
    private func isOlder(_ entry: probe_entry) -> Bool {
        guard entry.changed < scope.since, entry.is_loop == 0 else { return false }
        let known = filesystems.first { $0.device == entry.device }
        return known?.kind == Int32(probe_filesystem_stamped.rawValue)
    }

    /// The class of the file system that a descriptor is of, or a negative error number.
    private mutating func filesystem(_ device: UInt64, _ descriptor: Int32) -> Int32 {
        if let known = filesystems.first(where: { $0.device == device }) { return known.kind }
        let kind = probe_filesystem_of(descriptor)
        if kind >= 0 { filesystems.append((device, kind)) }
        return kind
    }

    private mutating func file(_ name: Bytes, _ entry: probe_entry, in directory: Int32, _ path: Bytes) {
        // Nobody can read it as it is.
        if entry.mode & 0o444 == 0, entry.mode & 0o111 != 0 { return closed += 1 }
        let descriptor = probe_open_in(directory, name)
        if descriptor == -probe_error_missing { return }
        guard descriptor >= 0 else { return missed(descriptor, path) }
        defer { _ = probe_close(descriptor) }
        var again = probe_entry()
        // It may have been replaced, and what is no file is not read.
        guard probe_entry_of(descriptor, &again) == 0, UInt8(bitPattern: again.type) == UInt8(ascii: "r") else {
            return
        }
        // A single file can be of a file system that no directory here is of.
        let kind = filesystem(again.device, descriptor)
        guard kind >= 0 else { return missed(kind, path) }
        let isVirtual =
            kind == Int32(probe_filesystem_pseudo.rawValue) || kind == Int32(probe_filesystem_processes.rawValue)
        if isVirtual { return }
        if isOlder(again) { return older += 1 }
        files += 1
        read(descriptor, "file", path)
    }

    private mutating func read(_ descriptor: Int32, _ kind: StaticString, _ path: Bytes) {
        var found: UInt64 = 0
        var offset: UInt64 = 0
        var kept = 0
        while true {
            if deadline.isOver {
                isLate = true
                break
            }
            let before = offset
            let count = buffer.withUnsafeMutableBufferPointer { room -> Int in
                guard let base = room.baseAddress else { return 0 }
                return probe_read_data(descriptor, &offset, base + kept, Self.chunk)
            }
            if count < 0 { missed(Int32(truncatingIfNeeded: count), path) }
            if count <= 0 { break }
            // Behind a hole nothing goes on that began before it; the bytes stand where they were read.
            let start = offset == before ? 0 : kept
            let end = kept + count
            found |= buffer.withUnsafeBufferPointer { marks.search(UnsafeBufferPointer(rebasing: $0[start..<end])) }
            offset += UInt64(count)
            bytes += UInt64(count)
            let next = min(marks.longest - 1, end - start)
            for index in 0..<next { buffer[index] = buffer[end - next + index] }
            kept = next
        }
        self.found(found, kind, path)
    }

    /// Devices are read only when asked for, and not those whose file systems were walked.
    private mutating func rawDevices() {
        for (path, device) in devices where !isLate {
            let descriptor = probe_open(path.terminated)
            // A guest that cannot open it has nothing of what is in it.
            guard descriptor >= 0 else { continue }
            defer { _ = probe_close(descriptor) }
            guard scope.readsDevices else {
                missed(-probe_error_exists, path)
                continue
            }
            if filesystems.contains(where: { $0.device == device }) { continue }
            read(descriptor, "device", path)
        }
    }

    // MARK: - Processes

    /// The environment that this process was given, whatever /proc shows.
    private mutating func ownEnvironment() {
        var index: Int32 = 0
        while let pointer = probe_variable(index) {
            index += 1
            variable(Bytes(terminated: pointer)[...], "variable", [])
        }
    }

    /// One variable; its name goes into the place.
    private mutating func variable(_ entry: ArraySlice<UInt8>, _ kind: StaticString, _ process: Bytes) {
        let bits = marks.search(Bytes(entry))
        guard bits != 0 else { return }
        var place = process
        if !place.isEmpty { place.append(0x20) }
        place += entry.prefix { $0 != 0x3d }
        found(bits, kind, place)
    }

    /// Everything of text that a /proc shows of its processes and of how the kernel was started; closes the directory.
    private mutating func readProcesses(_ directory: Int32, _ path: Bytes) {
        for name: StaticString in ["cmdline", "bootconfig"] {
            if let text = small(directory, Bytes(name), path) {
                found(marks.search(text), "kernel", path + [0x2f] + Bytes(name))
            }
        }
        var failure: Int32 = 0
        guard let listing = probe_listing_open(directory, &failure) else { return missed(failure, path) }
        defer { probe_listing_close(listing) }
        var name = Bytes(repeating: 0, count: 256)
        var entry = probe_entry()
        while !isLate {
            let next = probe_listing_next(listing, &name, &entry)
            if next == 0 { return }
            if next < 0 { return missed(next, path) }
            if deadline.isOver { isLate = true }
            let process = Bytes(name.prefix { $0 != 0 })
            guard process.allSatisfy({ (0x30...0x39).contains($0) }) else { continue }
            let child = probe_open_directory(directory, name)
            guard child >= 0 else { continue }
            readProcess(child, process, path)
            _ = probe_close(child)
        }
    }

    private mutating func readProcess(_ directory: Int32, _ process: Bytes, _ path: Bytes) {
        processes += 1
        let line = small(directory, Bytes("cmdline"), [])
        if let line { found(marks.search(line), "arguments", process) }
        // Where the mounts of a process come from, and with which options.
        if let mounts = small(directory, Bytes("mountinfo"), []) { found(marks.search(mounts), "mounts", process) }
        let environment = small(directory, Bytes("environ"), [])
        note(process, isRead: environment != nil, line ?? [])
        guard let environment else { return }
        environments += 1
        for entry in environment.split(separator: 0) { variable(entry, "environment", process) }
    }

    private mutating func note(_ process: Bytes, isRead: Bool, _ line: Bytes) {
        guard commands.count < Self.mostProcesses else { return }
        var command = Bytes(line.prefix(Self.mostOfCommand))
        while command.last == 0 { command.removeLast() }
        for index in command.indices where command[index] == 0 { command[index] = 0x20 }
        commands.append(process + Bytes(isRead ? " read " : " closed ") + clean(command))
    }

    /// What is in a small file of /proc; nil for one that cannot be read, which is named where there is a path for it.
    private mutating func small(_ directory: Int32, _ name: Bytes, _ path: Bytes) -> Bytes? {
        let file = probe_open_in(directory, name.terminated)
        var failure = file
        if file >= 0 {
            defer { _ = probe_close(file) }
            var text: Bytes = []
            while text.count < Self.mostOfProcess {
                let count = Descriptor.read(file, into: &text)
                if count == 0 { return text }
                failure = Int32(truncatingIfNeeded: count)
                if count < 0 { break }
            }
        }
        if !path.isEmpty, failure < 0, failure != -probe_error_missing { missed(failure, path + [0x2f] + name) }
        return failure > 0 ? [] : nil
    }
}
