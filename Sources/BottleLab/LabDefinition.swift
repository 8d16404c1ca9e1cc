// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// What a lab is made of: everything here goes into the key of its cache, so that a change builds another one.
///
/// The choices were measured: smolvm boots microVMs reliably on an emulated processor with SVM and nested paging and without
/// virtual interrupts, on as many threads as the machine has processors; with one thread for two it hangs.
enum LabDefinition {
    /// What is asked for; the lock names what that brings along.
    static let packages = [
        "base-files", "base-passwd", "bash", "busybox-static", "containerd", "coreutils", "crun", "dash", "docker.io",
        "e2fsprogs",
        "grep", "iproute2", "iptables", "kmod", "linux-image-cloud-amd64", "mount", "perl-base", "procps",
        "qemu-guest-agent",
        "runc", "sed", "tini", "util-linux",
    ]
    /// What only an installed system needs: maintainer scripts never run here, and there is no systemd and no udev.
    static let unneeded = [
        "cpio", "dbus", "dbus-bin", "dbus-daemon", "dbus-session-bus-common", "dbus-system-bus-common",
        "initramfs-tools",
        "initramfs-tools-core", "klibc-utils", "libklibc", "linux-base", "systemd", "udev",
    ]

    static let wheelName = "smolmachines"
    static let wheelVersion = "1.32.2"
    static let wheelPlatform = "manylinux_2_28_x86_64"
    /// SHA-256, as PyPI publishes it.
    static let wheelHash = "81b104e2622aa0b187b6b7054397c391151b83db2638a16d0e54c517684f0dc2"

    /// Of the virtual disk, which is sparse.
    static let diskGigabytes = 6
    /// Of the machine's memory; a template build takes 2.2 GB of it.
    static let memoryMegabytes = 3072
    static let processors = 2
    static let processorModel = "max,+svm,+npt,-vgif"
    static let agentPort = "org.qemu.guest_agent.0"
    /// A processor that waits for its guest by polling would take the time that other guests need: with them, four machines
    /// that stand by slow no fifth one down.
    static let kernelArguments = "console=ttyS0 panic=-1 quiet kvm.halt_poll_ns=0 rcupdate.rcu_expedited=1"
    /// Where the wheel's files stand in the lab.
    static let smolvmDirectory = "/opt/smol"
    /// What the console says when everything in the lab answers.
    static let ready = "lab: ready"

    /// Of this machine; the lab is a machine of the same kind.
    static var isSupported: Bool {
        #if os(Linux) && arch(x86_64)
            true
        #else
            false
        #endif
    }
}
