// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// The programs that build a lab's disk and that run in it. All run as an ordinary user, the first below `fakeroot`.
enum LabScripts {
    /// Makes disk, kernel and initial file system from packages and wheel.
    ///
    /// Arguments: the directory of the packages, the wheel, the directory to write to, the two scripts below.
    static let image = #"""
        set -euo pipefail
        umask 022
        debs=$1 wheel=$2 out=$3 early=$4 main=$5
        root=$out/root
        mkdir -p "$root/usr"
        # First of all, or the first package to be unpacked would make directories of them.
        for name in bin sbin lib lib64; do
            mkdir "$root/usr/$name"
            ln -s "usr/$name" "$root/$name"
        done
        for deb in "$debs"/*.deb; do
            name=${deb##*/}
            case " $LAB_UNNEEDED " in *" ${name%%_*} "*) continue ;; esac
            dpkg-deb --fsys-tarfile "$deb" | tar -x --keep-directory-symlink -C "$root" --exclude=./usr/share/doc \
                --exclude=./usr/share/man --exclude=./usr/share/locale --exclude=./usr/share/info
        done
        cp "$root/usr/share/base-passwd/passwd.master" "$root/etc/passwd"
        cp "$root/usr/share/base-passwd/group.master" "$root/etc/group"
        echo 'docker:x:999:' >>"$root/etc/group"
        for name in iptables ip6tables; do
            for suffix in '' -save -restore; do ln -sf xtables-nft-multi "$root/usr/sbin/$name$suffix"; done
        done
        mkdir -p "$root/proc" "$root/sys" "$root/dev" "$root/run" "$root/tmp" "$root/var/lib/docker" "$root/bottle"

        # An archive that has a newer kernel than the lock keeps the locked one for a while, and then there are both: the one
        # that is booted is the newest.
        kernel=$(ls -v "$root/lib/modules" | tail -n 1)
        for other in "$root/lib/modules"/*; do
            [ "$other" = "$root/lib/modules/$kernel" ] || rm -rf "$other"
        done
        for unused in drivers/gpu drivers/infiniband drivers/media drivers/scsi sound; do
            rm -rf "$root/lib/modules/$kernel/kernel/$unused"
        done
        # The lab's own: this machine may have none.
        LD_PRELOAD= "$root/lib64/ld-linux-x86-64.so.2" --library-path "$root/usr/lib/x86_64-linux-gnu" --argv0 depmod \
            "$root/usr/bin/kmod" -b "$root" "$kernel"
        cp "$root/boot/vmlinuz-$kernel" "$out/vmlinuz"
        rm -rf "$root/boot"

        smol=$root$LAB_SMOLVM
        mkdir -p "$smol/agent-rootfs"
        "$root/bin/busybox" unzip -q -o "$wheel" 'smol/*' -d "$out/wheel"
        # Under its own name: under another it notes on every call that it has no assets.
        mv "$out/wheel/smol/smol-vmm" "$smol/smolvm"
        chmod 755 "$smol/smolvm"
        mv "$out/wheel/smol/libkrun.so" "$out/wheel/smol/libkrunfw.so.5" "$smol/"
        for name in overlay storage; do
            zstd -q -d --sparse "$out/wheel/smol/$name-template.ext4.zst" -o "$smol/$name-template.ext4"
        done
        zstd -q -d -c "$out/wheel/smol/agent-rootfs.tar.zst" | tar -x -C "$smol/agent-rootfs"
        rm -rf "$out/wheel"

        # As an installation does: its parts are found wherever it is called from, and whatever of the caller's SMOLVM_
        # variables is taken away.
        {
            echo '#!/bin/sh'
            echo "SMOLVM_LIB_DIR=$LAB_SMOLVM SMOLVM_AGENT_ROOTFS=$LAB_SMOLVM/agent-rootfs"
            echo 'export SMOLVM_LIB_DIR SMOLVM_AGENT_ROOTFS'
            echo "exec $LAB_SMOLVM/smolvm \"\$@\""
        } >"$root/usr/bin/smolvm"
        chmod 755 "$root/usr/bin/smolvm"

        install -m 755 "$main" "$root/sbin/lab-init"
        first=$out/initial
        mkdir -p "$first/bin" "$first/modules"
        cp "$root/bin/busybox" "$first/bin/busybox"
        install -m 755 "$early" "$first/init"
        for name in $LAB_MODULES; do
            found=$(find "$root/lib/modules/$kernel" -name "$name.ko")
            [ -z "$found" ] || cp "$found" "$first/modules/"
        done
        (cd "$first" && find . | "$root/bin/busybox" cpio -o -H newc 2>"$out/cpio.log" | gzip -1 >"$out/initrd.gz")

        truncate -s "${LAB_GIGABYTES}G" "$out/disk.raw"
        mke2fs -q -t ext4 -O ^has_journal -d "$root" "$out/disk.raw"
        rm -rf "$root" "$first" "$out/cpio.log"
        """#

    /// What a disk needs to be seen, in the order in which it is loaded.
    static let modules = [
        "virtio_ring", "virtio", "virtio_pci_legacy_dev", "virtio_pci_modern_dev", "virtio_pci", "virtio_blk",
    ]

    /// The first program of the lab: waits for its disk and goes on there.
    static let early = #"""
        #!/bin/busybox sh
        /bin/busybox mkdir -p /proc /dev /root
        /bin/busybox mount -t proc proc /proc
        /bin/busybox mount -t devtmpfs dev /dev
        for name in LAB_MODULES; do
            [ ! -e "/modules/$name.ko" ] || /bin/busybox insmod "/modules/$name.ko"
        done
        tries=0
        while [ ! -b /dev/vda ]; do
            tries=$((tries + 1))
            [ "$tries" -lt 3000 ] || { echo 'lab: no disk appeared'; /bin/busybox poweroff -f; }
            /bin/busybox usleep 10000
        done
        /bin/busybox mount -t ext4 /dev/vda /root || { echo 'lab: its disk cannot be mounted'; /bin/busybox poweroff -f; }
        /bin/busybox mount -o move /dev /root/dev
        exec /bin/busybox switch_root /root /usr/bin/tini -- /sbin/lab-init

        """#.replacing("LAB_MODULES", with: modules.joined(separator: " "))

    /// Brings the lab up: file systems, modules, the agent that takes commands, the container engine.
    static let main = #"""
        #!/bin/sh
        PATH=/usr/sbin:/usr/bin
        export PATH
        umask 022
        mount -t proc proc /proc
        mount -t sysfs sys /sys
        mkdir -p /dev/pts /dev/shm
        mount -t devpts pts /dev/pts
        # What udev would make.
        ln -s /proc/self/fd /dev/fd
        for name in 0:stdin 1:stdout 2:stderr; do ln -s "/proc/self/fd/${name%%:*}" "/dev/${name#*:}"; done
        mount -t tmpfs shm /dev/shm
        mount -t tmpfs run /run
        mount -t tmpfs -o mode=1777 tmp /tmp
        mount -t cgroup2 cgroup /sys/fs/cgroup
        ip link set lo up
        for module in kvm-amd virtio_console tun overlay bridge br_netfilter veth vsock vsock_loopback nft_compat nft_chain_nat \
            xt_conntrack xt_addrtype xt_MASQUERADE; do
            modprobe "$module" || echo "lab: there is no module $module"
        done
        # The monitors of microVMs run as users of their own.
        chmod 666 /dev/kvm || echo 'lab: there is no /dev/kvm'
        mkdir -p /dev/virtio-ports
        for port in /sys/class/virtio-ports/*; do
            [ ! -e "$port/name" ] || ln -sf "/dev/${port##*/}" "/dev/virtio-ports/$(cat "$port/name")"
        done
        # runc is a Go program that starts itself again for every container and exec: here each start of it costs seconds.
        dockerd --log-level warn --add-runtime crun=/usr/bin/crun --default-runtime crun >/var/log/dockerd.log 2>&1 &
        until docker version >/var/log/docker-version 2>&1; do
            kill -0 $! || { echo 'lab: dockerd ended'; tail -n 3 /var/log/dockerd.log; }
            sleep 0.2
        done
        echo 'LAB_READY'
        exec qemu-ga -m virtio-serial -p /dev/virtio-ports/LAB_PORT

        """#.replacing("LAB_READY", with: LabDefinition.ready).replacing("LAB_PORT", with: LabDefinition.agentPort)
}
