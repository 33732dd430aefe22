package io.kubehv.cni.linux;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import io.kubehv.cni.linux.libc.LinuxLibc;
import java.io.IOException;
import java.util.Optional;

/**
 * A table in which programs in the kernel look things up. The kernel keeps it for as long as it is held or a program uses it. Safe
 * for several threads.
 */
public final class BpfMap implements AutoCloseable {
    private static final int INDEX_BYTES = Integer.BYTES;

    private final String name;
    private final Descriptor descriptor;
    private final Optional<NetworkNamespace> namespace;

    private BpfMap(String name, Descriptor descriptor, Optional<NetworkNamespace> namespace) {
        this.name = name;
        this.descriptor = descriptor;
        this.namespace = namespace;
    }

    /**
     * An empty one of any keys and values.
     *
     * @param name shown by tools; at most 15 letters, digits and underlines
     * @param most how many entries it takes
     */
    public static BpfMap hash(String name, int keyBytes, int valueBytes, int most) throws LinuxException {
        return new BpfMap(
                name,
                make(name, LinuxLibc.BPF_MAP_TYPE_HASH, keyBytes, valueBytes, most, LinuxLibc.BPF_F_NO_PREALLOC),
                Optional.empty());
    }

    /**
     * An empty one of interfaces, by their numbers. The kernel takes an entry out when its interface goes, before another
     * one can have its number.
     *
     * @param namespace where the interfaces are; empty: in that of this program
     */
    public static BpfMap interfaces(String name, int most, Optional<NetworkNamespace> namespace) throws LinuxException {
        return new BpfMap(
                name, make(name, LinuxLibc.BPF_MAP_TYPE_DEVMAP_HASH, INDEX_BYTES, INDEX_BYTES, most, 0), namespace);
    }

    private static Descriptor make(String name, int type, int keyBytes, int valueBytes, int most, int flags)
            throws LinuxException {
        try (Memory attribute = new Memory(BpfCall.ATTRIBUTE_BYTES)) {
            attribute.clear();
            // linux/bpf.h: union bpf_attr, for BPF_MAP_CREATE.
            attribute.setInt(0, type);
            attribute.setInt(4, keyBytes);
            attribute.setInt(8, valueBytes);
            attribute.setInt(12, most);
            attribute.setInt(16, flags);
            attribute.setString(28, name);
            return Descriptor.of(Descriptor.checked(
                    "make the table " + name, () -> BpfCall.run(LinuxLibc.BPF_MAP_CREATE, attribute)));
        }
    }

    /** The descriptor's number, by which a program names the table while it is loaded. */
    int number() {
        return descriptor.number();
    }

    /** Puts an entry in; one with its key is replaced at one instant. */
    public void put(byte[] key, byte[] value) throws IOException {
        if (namespace.isPresent()) {
            var _ = namespace.get().within(() -> change(LinuxLibc.BPF_MAP_UPDATE_ELEM, key, value));
        } else {
            change(LinuxLibc.BPF_MAP_UPDATE_ELEM, key, value);
        }
    }

    /** Takes an entry out; not there: nothing to do. */
    public void remove(byte[] key) throws LinuxException {
        try {
            change(LinuxLibc.BPF_MAP_DELETE_ELEM, key, new byte[1]);
        } catch (LinuxException e) {
            if (!e.isMissing()) {
                throw e;
            }
        }
    }

    private int change(int command, byte[] key, byte[] value) throws LinuxException {
        try (Memory keyMemory = new Memory(key.length);
                Memory valueMemory = new Memory(value.length);
                Memory attribute = new Memory(BpfCall.ATTRIBUTE_BYTES)) {
            keyMemory.write(0, key, 0, key.length);
            valueMemory.write(0, value, 0, value.length);
            attribute.clear();
            // linux/bpf.h: union bpf_attr, for BPF_MAP_*_ELEM.
            attribute.setInt(0, descriptor.number());
            attribute.setLong(8, Pointer.nativeValue(keyMemory));
            if (command == LinuxLibc.BPF_MAP_UPDATE_ELEM) {
                attribute.setLong(16, Pointer.nativeValue(valueMemory));
            }
            return Descriptor.checked("change the table " + name, () -> BpfCall.run(command, attribute));
        }
    }

    @Override
    public void close() throws LinuxException {
        descriptor.close();
    }
}
