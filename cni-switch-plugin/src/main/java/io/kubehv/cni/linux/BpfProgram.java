package io.kubehv.cni.linux;

import com.sun.jna.LastErrorException;
import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import io.kubehv.cni.linux.libc.LinuxLibc;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A few instructions that the kernel runs for each frame (Documentation/bpf/standardization/instruction-set.rst), while they are
 * written. They are for traffic control: they get a frame and say what becomes of it.
 */
public final class BpfProgram {
    /** linux/bpf.h: offsets in struct __sk_buff. */
    public static final int LENGTH = 0;

    public static final int VLAN_PRESENT = 20;
    public static final int VLAN_TCI = 24;
    public static final int DATA = 76;
    public static final int DATA_END = 80;
    public static final int SEGMENT_LENGTH = 176;

    /** linux/bpf.h: functions of the kernel. */
    public static final int MAP_LOOKUP_ELEM = 1;

    public static final int KTIME_GET_NS = 5;
    public static final int SKB_VLAN_PUSH = 18;

    public static final int SKB_VLAN_POP = 19;

    public static final int REDIRECT = 23;

    public static final int REDIRECT_PEER = 155;

    /** linux/pkt_cls.h: the next rule decides; the frame is dropped. */
    public static final int TC_ACT_UNSPEC = -1;

    public static final int TC_ACT_SHOT = 2;

    /** The register that points to the end of the program's own 512 bytes. */
    public static final int STACK = 10;

    private static final int BPF_JMP_JEQ = 0x15;
    private static final int BPF_JMP_JGT_REGISTER = 0x2D;
    private static final int BPF_JMP_JEQ_REGISTER = 0x1D;
    private static final int BPF_JMP_JNE = 0x55;
    private static final int BPF_JMP_JLT = 0xA5;
    private static final int BPF_JMP_JLE = 0xB5;
    private static final int BPF_JMP_JA = 0x05;
    private static final int BPF_JMP32_JNE = 0x56;
    private static final int BPF_CALL = 0x85;
    private static final int BPF_EXIT = 0x95;
    private static final int BPF_MOV_IMMEDIATE = 0xB7;
    private static final int BPF_MOV_REGISTER = 0xBF;
    private static final int BPF_ADD_IMMEDIATE = 0x07;
    private static final int BPF_AND_IMMEDIATE = 0x57;
    private static final int BPF_SHIFT_RIGHT_IMMEDIATE = 0x77;
    private static final int BPF_LOAD_WORD = 0x61;
    private static final int BPF_LOAD_HALF_WORD = 0x69;
    private static final int BPF_LOAD_BYTE = 0x71;
    private static final int BPF_LOAD_64_BITS = 0x18;
    private static final int BPF_STORE_WORD = 0x63;
    private static final int BPF_STORE_HALF_WORD = 0x6B;
    private static final int BPF_PSEUDO_MAP_FD = 1;

    private static final int INSTRUCTION_BYTES = 8;
    private static final int LOG_BYTES = 64 << 10;

    private record Instruction(int code, int destination, int source, String label, int offset, int immediate) {}

    private final String name;
    private final List<Instruction> instructions = new ArrayList<>();
    private final Map<String, Integer> labels = new HashMap<>();

    private BpfProgram(String name) {
        this.name = name;
    }

    /**
     * A program; the name is shown by tools.
     *
     * @param name at most 15 letters, digits and underlines
     */
    public static BpfProgram named(String name) {
        return new BpfProgram(name);
    }

    private BpfProgram add(int code, int destination, int source, String label, int offset, int immediate) {
        instructions.add(new Instruction(code, destination, source, label, offset, immediate));
        return this;
    }

    /** The place that jumps name. */
    public BpfProgram label(String label) {
        labels.put(label, instructions.size());
        return this;
    }

    public BpfProgram move(int register, int value) {
        return add(BPF_MOV_IMMEDIATE, register, 0, "", 0, value);
    }

    public BpfProgram copy(int register, int from) {
        return add(BPF_MOV_REGISTER, register, from, "", 0, 0);
    }

    public BpfProgram and(int register, int value) {
        return add(BPF_AND_IMMEDIATE, register, 0, "", 0, value);
    }

    public BpfProgram add(int register, int value) {
        return add(BPF_ADD_IMMEDIATE, register, 0, "", 0, value);
    }

    public BpfProgram shiftRight(int register, int bits) {
        return add(BPF_SHIFT_RIGHT_IMMEDIATE, register, 0, "", 0, bits);
    }

    /** Four bytes at the offset of what the other register points to. */
    public BpfProgram load(int register, int from, int offset) {
        return add(BPF_LOAD_WORD, register, from, "", offset, 0);
    }

    /** Two bytes there. */
    public BpfProgram loadHalf(int register, int from, int offset) {
        return add(BPF_LOAD_HALF_WORD, register, from, "", offset, 0);
    }

    /** One byte there. */
    public BpfProgram loadByte(int register, int from, int offset) {
        return add(BPF_LOAD_BYTE, register, from, "", offset, 0);
    }

    /** The table itself, for calls that take one. */
    public BpfProgram load(int register, BpfMap map) {
        return add(BPF_LOAD_64_BITS, register, BPF_PSEUDO_MAP_FD, "", 0, map.number())
                .add(0, 0, 0, "", 0, 0);
    }

    /** Puts four bytes of a register at the offset of what the other one points to. */
    public BpfProgram store(int to, int offset, int register) {
        return add(BPF_STORE_WORD, to, register, "", offset, 0);
    }

    /** Puts two bytes there. */
    public BpfProgram storeHalf(int to, int offset, int register) {
        return add(BPF_STORE_HALF_WORD, to, register, "", offset, 0);
    }

    public BpfProgram call(int function) {
        return add(BPF_CALL, 0, 0, "", 0, function);
    }

    public BpfProgram exit() {
        return add(BPF_EXIT, 0, 0, "", 0, 0);
    }

    public BpfProgram jump(String label) {
        return add(BPF_JMP_JA, 0, 0, label, 0, 0);
    }

    public BpfProgram jumpIfEqual(int register, int value, String label) {
        return add(BPF_JMP_JEQ, register, 0, label, 0, value);
    }

    public BpfProgram jumpIfEqualToRegister(int register, int other, String label) {
        return add(BPF_JMP_JEQ_REGISTER, register, other, label, 0, 0);
    }

    public BpfProgram jumpIfNotEqual(int register, int value, String label) {
        return add(BPF_JMP_JNE, register, 0, label, 0, value);
    }

    /** By the lower four bytes of the register, whichever their highest bit is. */
    public BpfProgram jumpIfWordNotEqual(int register, int value, String label) {
        return add(BPF_JMP32_JNE, register, 0, label, 0, value);
    }

    public BpfProgram jumpIfGreaterThanRegister(int register, int other, String label) {
        return add(BPF_JMP_JGT_REGISTER, register, other, label, 0, 0);
    }

    public BpfProgram jumpIfLess(int register, int value, String label) {
        return add(BPF_JMP_JLT, register, 0, label, 0, value);
    }

    public BpfProgram jumpIfLessOrEqual(int register, int value, String label) {
        return add(BPF_JMP_JLE, register, 0, label, 0, value);
    }

    /** Its bytes, each jump's distance filled in. */
    byte[] bytes() {
        ByteBuffer bytes =
                ByteBuffer.allocate(instructions.size() * INSTRUCTION_BYTES).order(ByteOrder.nativeOrder());
        for (int i = 0; i < instructions.size(); i++) {
            Instruction instruction = instructions.get(i);
            int offset = instruction.label.isEmpty() ? instruction.offset : distance(instruction.label, i);
            bytes.put((byte) instruction.code)
                    .put((byte) ((instruction.source << 4) | instruction.destination))
                    .putShort((short) offset)
                    .putInt(instruction.immediate);
        }
        return bytes.array();
    }

    private int distance(String label, int from) {
        Integer to = labels.get(label);
        if (to == null) {
            throw new IllegalStateException("the program " + name + " has no place " + label);
        }
        return to - from - 1;
    }

    /** What is held of a loaded program; the kernel keeps it for as long as a rule uses it. */
    public static final class Loaded implements AutoCloseable {
        private final Descriptor descriptor;

        private Loaded(Descriptor descriptor) {
            this.descriptor = descriptor;
        }

        /** The descriptor's number, for messages that name the program by it. */
        public int number() {
            return descriptor.number();
        }

        @Override
        public void close() throws LinuxException {
            descriptor.close();
        }
    }

    /**
     * Gives the program to the kernel.
     *
     * @throws LinuxException with what the kernel's verifier says, when it does not take it
     */
    public Loaded load() throws LinuxException {
        try {
            return load(0);
        } catch (LinuxException e) {
            // What the verifier says takes it time, which is lost where it has nothing to say.
            return load(LOG_BYTES);
        }
    }

    private Loaded load(int logBytes) throws LinuxException {
        byte[] code = bytes();
        try (Memory program = new Memory(code.length);
                Memory license = new Memory(16);
                Memory log = new Memory(Math.max(logBytes, 1));
                Memory attribute = new Memory(BpfCall.ATTRIBUTE_BYTES)) {
            program.write(0, code, 0, code.length);
            license.setString(0, "Apache-2.0");
            log.clear();
            attribute.clear();
            // linux/bpf.h: union bpf_attr, for BPF_PROG_LOAD.
            attribute.setInt(0, LinuxLibc.BPF_PROG_TYPE_SCHED_CLS);
            attribute.setInt(4, code.length / INSTRUCTION_BYTES);
            attribute.setLong(8, Pointer.nativeValue(program));
            attribute.setLong(16, Pointer.nativeValue(license));
            if (logBytes > 0) {
                attribute.setInt(24, 1);
                attribute.setInt(28, logBytes);
                attribute.setLong(32, Pointer.nativeValue(log));
            }
            attribute.setString(48, name);
            try {
                return new Loaded(Descriptor.of(BpfCall.run(LinuxLibc.BPF_PROG_LOAD, attribute)));
            } catch (LastErrorException e) {
                throw new LinuxException(
                        "load the program " + name,
                        e.getErrorCode(),
                        log.getString(0).strip());
            }
        }
    }
}
