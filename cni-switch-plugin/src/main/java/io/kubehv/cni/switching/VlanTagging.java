package io.kubehv.cni.switching;

import io.kubehv.api.v1alpha1.Vlan;
import io.kubehv.cni.fault.SwitchException;
import io.kubehv.cni.linux.BpfProgram;
import java.util.ArrayList;
import java.util.List;

/**
 * How a port tags what its guest sends and which tags it lets to its guest. Behind the port, on the bridge, between nodes and on the
 * wire, a frame of a VLAN always has its tag. So it takes neither a bridge that knows VLANs, which not every kernel has, nor a bridge
 * for each.
 */
final class VlanTagging {
    private static final int FRAME = 1;
    private static final int KEPT = 6;
    private static final int TAG = 2;
    private static final int RESULT = 0;

    /** IEEE 802.1Q: the tag's protocol, in the network's byte order, and the bits of it that are the VLAN. */
    private static final int ETH_P_8021Q = Short.toUnsignedInt(Short.reverseBytes((short) 0x8100));

    private static final int VLAN_MASK = 0xFFF;
    private static final int HIGHEST = 4094;

    private VlanTagging() {}

    /**
     * VLANs that follow each other.
     *
     * @param first from 1
     * @param last to 4094
     */
    record Range(int first, int last) {}

    /** What becomes of a frame that the guest sends. */
    static BpfProgram fromGuest(Vlan vlan) throws SwitchException {
        BpfProgram program = begun("vlan_from_guest");
        Vlan.TrunkVlan trunk = vlan.trunk();
        if (trunk == null) {
            return ended(push(program.jumpIfNotEqual(TAG, 0, "drop"), ownTag(vlan)));
        }
        program.jumpIfNotEqual(TAG, 0, "tagged");
        int nativeId = nativeId(trunk);
        if (nativeId == 0) {
            program.jump("pass");
        } else {
            push(program, nativeId);
        }
        return ended(
                among(program.label("tagged"), ranges(trunk.allowed()), "pass").jump("drop"));
    }

    /** What becomes of a frame for the guest. */
    static BpfProgram toGuest(Vlan vlan) throws SwitchException {
        BpfProgram program = begun("vlan_to_guest");
        Vlan.TrunkVlan trunk = vlan.trunk();
        if (trunk == null) {
            program.jumpIfEqual(TAG, 0, "drop");
            return ended(pop(among(program, accepted(vlan), "pop").jump("drop")));
        }
        int nativeId = nativeId(trunk);
        if (nativeId == 0) {
            program.jumpIfEqual(TAG, 0, "pass");
            return ended(among(program, ranges(trunk.allowed()), "pass").jump("drop"));
        }
        program.jumpIfEqual(TAG, 0, "drop");
        among(program, List.of(one(nativeId)), "pop");
        return ended(pop(among(program, ranges(trunk.allowed()), "pass").jump("drop")));
    }

    private static BpfProgram begun(String name) {
        return BpfProgram.named(name).copy(KEPT, FRAME).load(TAG, KEPT, BpfProgram.VLAN_PRESENT);
    }

    private static BpfProgram ended(BpfProgram program) {
        return program.label("pass")
                .move(RESULT, BpfProgram.TC_ACT_UNSPEC)
                .exit()
                .label("drop")
                .move(RESULT, BpfProgram.TC_ACT_SHOT)
                .exit();
    }

    private static BpfProgram push(BpfProgram program, int id) {
        return program.copy(FRAME, KEPT)
                .move(TAG, ETH_P_8021Q)
                .move(3, id)
                .call(BpfProgram.SKB_VLAN_PUSH)
                .jumpIfNotEqual(RESULT, 0, "drop")
                .jump("pass");
    }

    private static BpfProgram pop(BpfProgram program) {
        return program.label("pop")
                .copy(FRAME, KEPT)
                .call(BpfProgram.SKB_VLAN_POP)
                .jumpIfNotEqual(RESULT, 0, "drop")
                .jump("pass");
    }

    /** Jumps where the frame's VLAN is in one of the ranges, and goes on where it is in none. */
    private static BpfProgram among(BpfProgram program, List<Range> ranges, String label) {
        program.load(TAG, KEPT, BpfProgram.VLAN_TCI).and(TAG, VLAN_MASK);
        for (Range range : ranges) {
            String next = "after-" + label + "-" + range.first + "-" + range.last;
            program.jumpIfLess(TAG, range.first, next)
                    .jumpIfLessOrEqual(TAG, range.last, label)
                    .label(next);
        }
        return program;
    }

    private static int ownTag(Vlan vlan) throws SwitchException {
        if (vlan.access() != null) {
            return vlan.access().id();
        }
        Vlan.PrivateVlan own = privateVlan(vlan);
        return switch (own.mode()) {
            case PROMISCUOUS -> own.primary();
            case ISOLATED, COMMUNITY -> secondary(own);
        };
    }

    private static List<Range> accepted(Vlan vlan) throws SwitchException {
        if (vlan.access() != null) {
            return List.of(one(vlan.access().id()));
        }
        Vlan.PrivateVlan own = privateVlan(vlan);
        List<Range> accepted = new ArrayList<>(List.of(one(own.primary())));
        switch (own.mode()) {
            case ISOLATED -> {}
            case COMMUNITY -> accepted.add(one(secondary(own)));
            case PROMISCUOUS -> {
                if (own.secondaries() != null) {
                    accepted.addAll(ranges(own.secondaries()));
                }
            }
        }
        return accepted;
    }

    private static Range one(int id) {
        return new Range(id, id);
    }

    private static Vlan.PrivateVlan privateVlan(Vlan vlan) throws SwitchException {
        if (vlan.privateVlan() == null) {
            throw new SwitchException.InvalidConfiguration("vlan has none of access, trunk and private; add one");
        }
        return vlan.privateVlan();
    }

    private static int secondary(Vlan.PrivateVlan own) throws SwitchException {
        if (own.secondary() == null) {
            throw new SwitchException.InvalidConfiguration(
                    "vlan.private.secondary is missing, which mode " + own.mode() + " needs; add it");
        }
        return own.secondary();
    }

    private static int nativeId(Vlan.TrunkVlan trunk) {
        return trunk.nativeId() == null ? 0 : trunk.nativeId();
    }

    /** Reads VLANs and ranges with commas, such as {@code 10-20,30}. */
    static List<Range> ranges(String text) throws SwitchException {
        List<Range> ranges = new ArrayList<>();
        for (String part : text.split(",", -1)) {
            String[] ends = part.split("-", 2);
            try {
                Range range = new Range(Integer.parseInt(ends[0]), Integer.parseInt(ends[ends.length - 1]));
                if (range.first < 1 || range.last > HIGHEST || range.first > range.last) {
                    throw new NumberFormatException();
                }
                ranges.add(range);
            } catch (NumberFormatException e) {
                throw new SwitchException.InvalidConfiguration(
                        "vlan: \"" + part + "\" must be a VLAN from 1 to 4094 or a range of them, such as 10-20");
            }
        }
        return ranges;
    }
}
