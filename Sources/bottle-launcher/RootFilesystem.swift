// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import CBottleShims

/// One entry of a sandbox's root, as it came over the channel.
struct RootEntry {
    let kind: LauncherEntryKind
    let path: [UInt8]
    let mode: UInt32
    let owner: UInt32
    /// Content, link target, bind source, or size in bytes as a number.
    let payload: [UInt8]
    /// The detached copy of a bind's source, or the opened source of a program.
    var tree: Int32 = -1

    init(_ fields: inout LauncherFields) throws(LauncherFrameFault) {
        guard let kind = LauncherEntryKind(rawValue: UInt8(truncatingIfNeeded: try fields.word())) else {
            throw LauncherFrameFault()
        }
        self.kind = kind
        path = try fields.bytes()
        mode = try fields.word()
        owner = try fields.word()
        payload = try fields.bytes()
    }
}

/// Builds the root of a sandbox.
struct RootFilesystem {
    private let root: Int32
    private let mapping: IdentityMap.Kind
    private static let locked = UInt32(launcher_mount_nosuid | launcher_mount_nodev)
    private static let readOnly = UInt32(launcher_mount_rdonly)
    private static let noExec = UInt32(launcher_mount_noexec)
    private static let devices = ["/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty"]

    /// Mounts the world's own /proc; its mounts are private already.
    static func mountWorldProc() throws(Failure) {
        let target = try check(launcher_open_path("/proc"), "mount-proc", "open /proc")
        defer { launcher_close(target) }
        let proc = try mount("proc", [], locked | noExec, "mount-proc")
        defer { launcher_close(proc) }
        try check(launcher_move_mount(proc, target), "mount-proc", "mount the world's /proc")
    }

    /// Takes copies of what is to be bound, with the rights of the world's root: the guest's cannot pass every parent.
    static func openSources(_ entries: inout [RootEntry]) throws(Failure) {
        for index in entries.indices {
            let entry = entries[index]
            switch entry.kind {
            case .readOnlyBind:
                let source = text(entry.payload)
                let result = launcher_open_tree(source, 1)
                guard result >= 0 else { throw sourceFailure(result, source) }
                try check(
                    launcher_set_mount(result, UInt64(readOnly | locked), 1), "mount", "make " + source + " read-only")
                entries[index].tree = result
            case .program:
                let source = text(entry.payload)
                let result = launcher_open(source, launcher_read_only(), 0)
                guard result >= 0 else { throw sourceFailure(result, source) }
                entries[index].tree = result
            case .device:
                let source = text(entry.path)
                guard devices.contains(where: { Array($0.utf8) == entry.path }) else {
                    throw Failure("mount", source + " is not among the devices a sandbox may have")
                }
                let result = launcher_open_tree(source, 0)
                guard result >= 0 else { throw sourceFailure(result, source) }
                guard launcher_is_device(result) == 1 else { throw Failure("mount", source + " is no device") }
                try check(
                    launcher_set_mount(result, UInt64(UInt32(launcher_mount_nosuid) | noExec), 0), "mount",
                    "restrict " + source)
                entries[index].tree = result
            default: break
            }
        }
    }

    private static func sourceFailure(_ result: Int32, _ source: String) -> Failure {
        if result == -38 { return Failure("old-kernel", cannot: "copy a mount, which needs Linux 5.12", -38) }
        return Failure(
            result == ErrorNumber.notFound ? "not-found" : "mount", cannot: "bind " + source, Int(result))
    }

    /// Makes the root, applies the entries in order, and enters it. The old root is gone afterwards.
    static func build(_ entries: [RootEntry], _ mapping: IdentityMap.Kind) throws(Failure) {
        try check(launcher_make_private(), "mount", "make the sandbox's mounts private")
        let size: UInt64 = 64 << 20
        let options = [("mode", "0755"), ("size", String(size)), ("nr_inodes", inodes(size))]
        let root = try mount("tmpfs", options.map { (key: $0.0, value: $0.1) }, locked, "mount")
        try check(launcher_move_mount(root, try cover()), "mount", "mount the sandbox's root")
        let filesystem = RootFilesystem(root: root, mapping: mapping)
        for entry in entries { try filesystem.apply(entry) }
        try check(launcher_set_mount(root, UInt64(readOnly | locked), 0), "mount", "make the root read-only")
        try check(launcher_change_to(root), "mount", "enter the root")
        try check(launcher_pivot_here(), "mount", "change the root")
    }

    /// Any directory will do as the place of the new root until it is the root; not /proc, which must stay visible for
    /// the kernel to allow a new one.
    private static func cover() throws(Failure) -> Int32 {
        for path in ["/tmp", "/mnt", "/run", "/var", "/etc"] {
            let result = launcher_open_path(path)
            guard result >= 0 else { continue }
            if launcher_is_directory(result) == 1 { return result }
            launcher_close(result)
        }
        throw Failure("mount", "this machine has none of /tmp, /mnt, /run, /var and /etc to mount a root on")
    }

    private static func mount(
        _ kind: String, _ options: [(key: String, value: String)], _ attributes: UInt32, _ id: StaticString
    ) throws(Failure) -> Int32 {
        let context = launcher_open_filesystem(kind)
        if context == -38 { throw Failure("old-kernel", cannot: "use the mount interface of Linux 5.12", -38) }
        try check(context, id, "make a " + kind)
        defer { launcher_close(context) }
        for option in options {
            try check(
                launcher_configure_filesystem(context, option.key, option.value), id,
                "set " + option.key + " of a " + kind)
        }
        try check(launcher_create_filesystem(context), id, "make a " + kind)
        return try check(launcher_mount_filesystem(context, attributes), id, "mount a " + kind)
    }

    private func apply(_ entry: RootEntry) throws(Failure) {
        let (parent, name) = try parent(of: entry.path)
        defer { launcher_close(parent) }
        let path = text(entry.path)
        switch entry.kind {
        case .directory:
            try makeDirectory(parent, name, path)
            try finish(entry, parent, name)
        case .file:
            let file = try check(
                launcher_open_inside(parent, name, launcher_flag_create(), 0o600), "mount", "make " + path)
            defer { launcher_close(file) }
            try check(Files.write(file, entry.payload), "mount", "write " + path)
            try finish(entry, parent, name)
        case .program:
            let file = try check(
                launcher_open_inside(parent, name, launcher_flag_create(), 0o600), "mount", "make " + path)
            defer { launcher_close(file) }
            try check(launcher_copy(entry.tree, file), "mount", "copy " + text(entry.payload) + " to " + path)
            launcher_close(entry.tree)
            try finish(entry, parent, name)
        case .symlink:
            try check(launcher_make_link(text(entry.payload), parent, name), "mount", "make link " + path)
        case .readOnlyBind, .device:
            try attach(entry.tree, parent, name, path)
            launcher_close(entry.tree)
        case .tmpfs:
            let size = number(entry.payload)
            var options = [("mode", octal(entry.mode)), ("size", String(size)), ("nr_inodes", Self.inodes(size))]
            if mapping == .range { options += [("uid", String(entry.owner)), ("gid", String(entry.owner))] }
            try attachNew("tmpfs", options, Self.locked, parent, name, path)
        case .proc:
            try attachNew("proc", [], Self.locked | Self.noExec, parent, name, path)
        case .devpts:
            // All terminals of the machine share one limit, a few thousand.
            var options = [("ptmxmode", "0666"), ("mode", "0620"), ("max", "256")]
            // Group 5 is the terminals' by custom; with one id there is only one group.
            if mapping == .range { options.append(("gid", "5")) }
            try attachNew(
                "devpts", options, UInt32(launcher_mount_nosuid) | Self.noExec, parent, name, path)
            try check(launcher_make_link(name + "/ptmx", parent, "ptmx"), "mount", "make the link to " + path)
        }
    }

    private func attachNew(
        _ kind: String, _ options: [(String, String)], _ attributes: UInt32, _ parent: Int32, _ name: String,
        _ path: String
    ) throws(Failure) {
        let id: StaticString = options.isEmpty ? "mount-proc" : "mount"
        let mounted = try Self.mount(kind, options.map { (key: $0.0, value: $0.1) }, attributes, id)
        defer { launcher_close(mounted) }
        try attach(mounted, parent, name, path)
    }

    /// Mounts a detached tree on a name, which is made if it is missing.
    private func attach(_ tree: Int32, _ parent: Int32, _ name: String, _ path: String) throws(Failure) {
        if launcher_is_directory(tree) == 1 {
            try makeDirectory(parent, name, path)
        } else {
            let file = launcher_open_inside(parent, name, launcher_flag_create(), 0o644)
            try check(file, "mount", "make " + path)
            launcher_close(file)
        }
        let target = try check(
            launcher_open_inside(parent, name, launcher_flag_path(), 0), "mount", "open " + path)
        defer { launcher_close(target) }
        try check(launcher_move_mount(tree, target), "mount", "mount " + path)
    }

    private func makeDirectory(_ parent: Int32, _ name: String, _ path: String) throws(Failure) {
        let result = launcher_make_directory(parent, name, 0o755)
        if result != ErrorNumber.exists { try check(result, "mount", "make directory " + path) }
    }

    private func finish(_ entry: RootEntry, _ parent: Int32, _ name: String) throws(Failure) {
        if mapping == .range {
            try check(launcher_set_owner(parent, name, entry.owner), "mount", "set the owner of " + text(entry.path))
        }
        // After the owner, because changing that clears set-id bits.
        try check(launcher_set_mode(parent, name, entry.mode), "mount", "set the mode of " + text(entry.path))
    }

    /// Opens the directory of a path, making what is missing. Links lead nowhere but inside the new root.
    private func parent(of path: [UInt8]) throws(Failure) -> (descriptor: Int32, name: String) {
        var components = path.split(separator: 47).map { text(Array($0)) }
        guard path.first == 47, let name = components.popLast(), !path.contains(0),
            !path.split(separator: 47).contains(where: { Array($0) == [46] || Array($0) == [46, 46] })
        else { throw Failure("invalid", "not an absolute path of a root entry: " + text(path)) }
        var current = "."
        var descriptor = try check(
            launcher_open_inside(root, ".", launcher_flag_path(), 0), "mount", "open the root")
        for component in components {
            current += "/" + component
            var next = launcher_open_inside(root, current, launcher_flag_path(), 0)
            if next == ErrorNumber.notFound {
                let made = launcher_make_directory(descriptor, component, 0o755)
                next = made < 0 ? made : launcher_open_inside(root, current, launcher_flag_path(), 0)
            }
            launcher_close(descriptor)
            descriptor = try check(next, "mount", "make the directory of " + text(path))
        }
        return (descriptor, name)
    }

    /// Empty files take no room of a tmpfs but memory all the same: one for every 4 KiB, as on a disk.
    private static func inodes(_ size: UInt64) -> String { String(max(size / 4096, 1024)) }

    private func number(_ bytes: [UInt8]) -> UInt64 {
        var value: UInt64 = 0
        for byte in bytes.prefix(8).reversed() { value = value << 8 | UInt64(byte) }
        return value
    }

    private func octal(_ mode: UInt32) -> String { "0" + String(mode & 0o7777, radix: 8) }
}
