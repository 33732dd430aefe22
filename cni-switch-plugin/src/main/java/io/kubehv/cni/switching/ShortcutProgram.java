package io.kubehv.cni.switching;

import io.kubehv.cni.linux.BpfMap;
import io.kubehv.cni.linux.BpfProgram;
import io.kubehv.cni.netlink.MacAddress;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * The program that sends an ordinary frame past the bridge. It knows what the port's guest may send; where a frame goes is in a
 * table. What it does not know to be allowed, it leaves to the bridge and its rules, which say what becomes of it: it drops nothing.
 *
 * <p>An ordinary frame has no tag and is TCP, UDP or an echo, and no fragment. All else may carry what a guard forbids, or tell the
 * bridge where somebody is.
 */
final class ShortcutProgram {
    private static final int RESULT = 0;
    private static final int FIRST = 1;
    private static final int SECOND = 2;
    private static final int SCRATCH = 3;
    private static final int FRAME = 6;
    private static final int DATA = 7;
    private static final int END = 8;

    /** What the table says, when the frame has been looked at. */
    private static final int LINK = 7;

    private static final int LONGEST = 8;
    private static final int WAY = 9;

    /** On the program's stack. */
    private static final int PLACE = -8;

    private static final int LINK_KEY = -12;

    /** IEEE 802.3: where a frame has what. */
    private static final int TO = 0;

    private static final int FROM = 6;
    private static final int TYPE = 12;
    private static final int PACKET = 14;

    /** In the network's byte order, as are all that are compared to what is in a frame. */
    private static final int ETH_P_IP = half(0x0800);

    private static final int ETH_P_IPV6 = half(0x86DD);
    private static final int FRAGMENT = half(0x3FFF);
    private static final int DHCP_SERVER = half(67);
    private static final int DHCPV6_SERVER = half(547);

    /** How many bits of a time in nanoseconds are less than 69 seconds. */
    private static final int A_MINUTE_OR_SO = 36;

    private static final int TCP = 6;
    private static final int UDP = 17;
    private static final int ICMP = 1;
    private static final int ICMPV6 = 58;

    /** Version 4, with a header of 20 bytes: without options. */
    private static final int PLAIN_IPV4 = 0x45;

    private static final int IPV4_BYTES = 20;
    private static final int IPV6_BYTES = 40;
    private static final int UDP_BYTES = 8;
    private static final int IPV4_ADDRESS_BYTES = 4;
    private static final int IPV6_ADDRESS_BYTES = 16;

    private final BpfProgram program;

    private ShortcutProgram(String name) {
        this.program = BpfProgram.named(name);
    }

    /**
     * What a port's guest may send past the bridge.
     *
     * @param link the node's end of the port
     * @param vlan that it is in; 0: none
     * @param addresses that it may use; empty: all
     * @param leavesNode also to guests on other nodes
     */
    record Sender(int link, MacAddress mac, int vlan, List<InetAddress> addresses, boolean leavesNode) {}

    /**
     * The program at the node's end of a port.
     *
     * @param targets where frames go, by their {@link ShortcutTarget.Place}
     * @param links the interfaces that there are
     */
    static BpfProgram of(Sender sender, BpfMap targets, BpfMap links) {
        ShortcutProgram shortcut = new ShortcutProgram("kubehv_shortcut");
        shortcut.untagged();
        shortcut.from(sender.mac);
        shortcut.ordinary(sender.addresses);
        shortcut.place(TO, sender.vlan);
        shortcut.target(targets, links);
        // The bridge sends nothing back to where it came from.
        shortcut.program.jumpIfEqual(LINK, sender.link, "bridge");
        if (!sender.leavesNode) {
            shortcut.program.jumpIfNotEqual(WAY, ShortcutTarget.TO_PORT, "bridge");
        }
        return shortcut.sent();
    }

    /** The program at a tunnel, for what comes from other nodes, which have looked at it. */
    static BpfProgram ofTunnel(BpfMap targets, BpfMap links) {
        ShortcutProgram shortcut = new ShortcutProgram("kubehv_tunnel");
        shortcut.untagged();
        shortcut.ordinary(List.of());
        shortcut.lately(targets);
        shortcut.place(TO, 0);
        shortcut.target(targets, links);
        shortcut.program.jumpIfNotEqual(WAY, ShortcutTarget.TO_PORT, "bridge");
        return shortcut.sent();
    }

    private void untagged() {
        program.copy(FRAME, FIRST)
                .load(SECOND, FRAME, BpfProgram.VLAN_PRESENT)
                .jumpIfNotEqual(SECOND, 0, "bridge")
                .load(DATA, FRAME, BpfProgram.DATA)
                .load(END, FRAME, BpfProgram.DATA_END);
        atLeast(PACKET + IPV4_BYTES + UDP_BYTES);
    }

    /** Of a frame in pieces, the first one is looked at; the kernel takes no program that might look further. */
    private void atLeast(int bytes) {
        program.copy(SECOND, DATA).add(SECOND, bytes).jumpIfGreaterThanRegister(SECOND, END, "bridge");
    }

    private void from(MacAddress mac) {
        byte[] bytes = mac.bytes();
        program.load(SECOND, DATA, FROM)
                .jumpIfWordNotEqual(SECOND, word(bytes, 0), "bridge")
                .loadHalf(SECOND, DATA, FROM + 4)
                .jumpIfNotEqual(SECOND, half(bytes, 4), "bridge");
    }

    // The kernel takes no program with instructions that nothing leads to.
    private void ordinary(List<InetAddress> addresses) {
        program.loadHalf(SECOND, DATA, TYPE);
        if (mayUse(addresses, IPV6_ADDRESS_BYTES)) {
            program.jumpIfEqual(SECOND, ETH_P_IPV6, "six");
        }
        if (mayUse(addresses, IPV4_ADDRESS_BYTES)) {
            four(addresses);
        } else {
            program.jump("bridge");
        }
        if (mayUse(addresses, IPV6_ADDRESS_BYTES)) {
            six(addresses);
        }
        program.label("ordinary");
    }

    private static boolean mayUse(List<InetAddress> addresses, int bytes) {
        return addresses.isEmpty() || addresses.stream().anyMatch(address -> address.getAddress().length == bytes);
    }

    private void four(List<InetAddress> addresses) {
        program.jumpIfNotEqual(SECOND, ETH_P_IP, "bridge")
                .loadByte(SECOND, DATA, PACKET)
                .jumpIfNotEqual(SECOND, PLAIN_IPV4, "bridge")
                .loadHalf(SECOND, DATA, PACKET + 6)
                .and(SECOND, FRAGMENT)
                .jumpIfNotEqual(SECOND, 0, "bridge");
        address(addresses, IPV4_ADDRESS_BYTES, PACKET + 12, "own-4");
        program.loadByte(SECOND, DATA, PACKET + 9);
        carried(PACKET + IPV4_BYTES, DHCP_SERVER, ICMP, List.of(0, 8), "echo-4");
    }

    private void six(List<InetAddress> addresses) {
        program.label("six");
        atLeast(PACKET + IPV6_BYTES + UDP_BYTES);
        program.loadByte(SECOND, DATA, PACKET).and(SECOND, 0xF0).jumpIfNotEqual(SECOND, 0x60, "bridge");
        address(addresses, IPV6_ADDRESS_BYTES, PACKET + 8, "own-6");
        program.loadByte(SECOND, DATA, PACKET + 6);
        carried(PACKET + IPV6_BYTES, DHCPV6_SERVER, ICMPV6, List.of(128, 129), "echo-6");
    }

    /** Goes on where the address of so many bytes at the offset is one of these. */
    private void address(List<InetAddress> addresses, int bytes, int offset, String label) {
        if (addresses.isEmpty()) {
            return;
        }
        int number = 0;
        for (InetAddress address : addresses) {
            byte[] value = address.getAddress();
            if (value.length == bytes) {
                String next = label + "-" + ++number;
                for (int i = 0; i < bytes; i += Integer.BYTES) {
                    program.load(SECOND, DATA, offset + i).jumpIfWordNotEqual(SECOND, word(value, i), next);
                }
                program.jump(label).label(next);
            }
        }
        program.jump("bridge").label(label);
    }

    /** Goes to the look-up for what is ordinary; the protocol is in a register, what it says of itself at the offset. */
    private void carried(int offset, int server, int echo, List<Integer> echoes, String label) {
        program.jumpIfEqual(SECOND, TCP, "ordinary")
                .jumpIfEqual(SECOND, echo, label)
                .jumpIfNotEqual(SECOND, UDP, "bridge")
                .loadHalf(SECOND, DATA, offset)
                .jumpIfEqual(SECOND, server, "bridge")
                .jump("ordinary")
                .label(label)
                .loadByte(SECOND, DATA, offset);
        echoes.forEach(type -> program.jumpIfEqual(SECOND, type, "ordinary"));
        program.jump("bridge");
    }

    /** Once in a while a frame of each sender goes by the bridge, so that it keeps knowing where that is (it forgets in five minutes). */
    private void lately(BpfMap targets) {
        place(FROM, 0);
        lookUp(targets, PLACE);
        program.copy(WAY, RESULT)
                .load(SECOND, WAY, ShortcutTarget.WAY_OFFSET)
                .jumpIfNotEqual(SECOND, ShortcutTarget.TO_TUNNEL, "bridge")
                .call(BpfProgram.KTIME_GET_NS)
                .shiftRight(RESULT, A_MINUTE_OR_SO)
                .load(SECOND, WAY, ShortcutTarget.LEARNT_OFFSET)
                .jumpIfEqualToRegister(RESULT, SECOND, "lately")
                .store(WAY, ShortcutTarget.LEARNT_OFFSET, RESULT)
                .jump("bridge")
                .label("lately");
    }

    /** The key of one of a frame's MAC addresses. */
    private void place(int address, int vlan) {
        program.load(SECOND, DATA, address)
                .store(BpfProgram.STACK, PLACE, SECOND)
                .loadHalf(SECOND, DATA, address + 4)
                .storeHalf(BpfProgram.STACK, PLACE + 4, SECOND)
                .move(SECOND, vlan)
                .storeHalf(BpfProgram.STACK, PLACE + 6, SECOND);
    }

    /** Looks up where the frame goes; goes on where that is there, and takes a frame of this length. */
    private void target(BpfMap targets, BpfMap links) {
        lookUp(targets, PLACE);
        program.load(LINK, RESULT, ShortcutTarget.LINK_OFFSET)
                .load(LONGEST, RESULT, ShortcutTarget.LONGEST_OFFSET)
                .load(WAY, RESULT, ShortcutTarget.WAY_OFFSET)
                .store(BpfProgram.STACK, LINK_KEY, LINK);
        lookUp(links, LINK_KEY);
        // What is to be segmented later is measured then, as by the bridge.
        program.load(SCRATCH, FRAME, BpfProgram.SEGMENT_LENGTH)
                .jumpIfNotEqual(SCRATCH, 0, "fits")
                .load(SCRATCH, FRAME, BpfProgram.LENGTH)
                .jumpIfGreaterThanRegister(SCRATCH, LONGEST, "bridge")
                .label("fits");
    }

    private void lookUp(BpfMap map, int key) {
        program.load(FIRST, map)
                .copy(SECOND, BpfProgram.STACK)
                .add(SECOND, key)
                .call(BpfProgram.MAP_LOOKUP_ELEM)
                .jumpIfEqual(RESULT, 0, "bridge");
    }

    private BpfProgram sent() {
        return program.copy(FIRST, LINK)
                .move(SECOND, 0)
                .jumpIfNotEqual(WAY, ShortcutTarget.TO_PORT, "tunnel")
                .call(BpfProgram.REDIRECT_PEER)
                .exit()
                .label("tunnel")
                .call(BpfProgram.REDIRECT)
                .exit()
                .label("bridge")
                .move(RESULT, BpfProgram.TC_ACT_UNSPEC)
                .exit();
    }

    private static int half(int value) {
        return half(ByteBuffer.allocate(Short.BYTES).putShort((short) value).array(), 0);
    }

    private static int half(byte[] bytes, int offset) {
        return Short.toUnsignedInt(
                ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder()).getShort(offset));
    }

    private static int word(byte[] bytes, int offset) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder()).getInt(offset);
    }
}
