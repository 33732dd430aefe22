package io.kubehv.cni.netlink;

import static io.kubehv.cni.netlink.NetlinkMessage.NLM_F_ACK;
import static io.kubehv.cni.netlink.NetlinkMessage.NLM_F_CREATE;

import io.kubehv.cni.linux.LinuxException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * Elements of nftables' sets, in and out by one transaction (linux/netfilter/nf_tables.h). It takes the same time whatever is
 * in the sets already, which nft(8), reading all first, does not.
 */
public final class NftElements {
    private static final int NFNL_SUBSYS_NFTABLES = 10;
    private static final int NFNL_MSG_BATCH_BEGIN = 0x10;
    private static final int NFNL_MSG_BATCH_END = 0x11;
    private static final int NFT_MSG_NEWSETELEM = NFNL_SUBSYS_NFTABLES << 8 | 12;
    private static final int NFT_MSG_GETSETELEM = NFNL_SUBSYS_NFTABLES << 8 | 13;
    private static final int NFT_MSG_DELSETELEM = NFNL_SUBSYS_NFTABLES << 8 | 14;
    private static final int NFGENMSG_BYTES = 4;
    private static final int NFTA_SET_ELEM_LIST_TABLE = 1;
    private static final int NFTA_SET_ELEM_LIST_SET = 2;
    private static final int NFTA_SET_ELEM_LIST_ELEMENTS = 3;
    private static final int NFTA_LIST_ELEM = 1;
    private static final int NFTA_SET_ELEM_KEY = 1;
    private static final int NFTA_SET_ELEM_DATA = 2;
    private static final int NFTA_SET_ELEM_KEY_END = 10;
    private static final int NFTA_DATA_VALUE = 1;
    private static final int NFTA_DATA_VERDICT = 2;
    private static final int NFTA_VERDICT_CODE = 1;
    private static final int NFTA_VERDICT_CHAIN = 2;
    private static final int NFT_JUMP = -3;
    private static final int NFT_RETURN = -5;

    private final NetlinkSocket socket;
    private final int family;
    private final String table;

    /**
     * The sets of a table.
     *
     * @param family linux/netfilter.h, NFPROTO_…: 7 is bridge, 1 is inet
     */
    public NftElements(NetlinkSocket socket, int family, String table) {
        this.socket = socket;
        this.family = family;
        this.table = table;
    }

    /** Puts all in or none; what is in already stays. */
    public void add(Collection<NftElement> elements) throws LinuxException {
        transact(elements, NFT_MSG_NEWSETELEM, NLM_F_CREATE);
    }

    /**
     * Takes some out and puts others in by one transaction. What a map says of an element can be changed in no other way: one that
     * is in and says something else is an error.
     */
    public void exchange(Collection<NftElement> before, Collection<NftElement> now) throws LinuxException {
        try {
            List<NetlinkMessage> messages = new ArrayList<>();
            before.forEach(element -> messages.add(message(element, NFT_MSG_DELSETELEM, 0)));
            now.forEach(element -> messages.add(message(element, NFT_MSG_NEWSETELEM, NLM_F_CREATE)));
            transact(messages);
        } catch (LinuxException e) {
            if (!e.isMissing() || before.isEmpty()) {
                throw e;
            }
            remove(before);
            add(now);
        }
    }

    /** Takes all out; those that are not in, whoever took them out, are no error. */
    public void remove(Collection<NftElement> elements) throws LinuxException {
        try {
            transact(elements, NFT_MSG_DELSETELEM, 0);
        } catch (LinuxException e) {
            if (!e.isMissing()) {
                throw e;
            }
            // One that is missing undoes the whole transaction.
            for (NftElement element : elements) {
                removeAlone(element);
            }
        }
    }

    /** One of the elements that is not in its set; empty when all are. */
    public Optional<NftElement> missing(Collection<NftElement> elements) throws LinuxException {
        for (NftElement element : elements) {
            try {
                socket.dump(message(element, NFT_MSG_GETSETELEM, 0));
            } catch (LinuxException e) {
                if (e.isMissing()) {
                    return Optional.of(element);
                }
                throw e;
            }
        }
        return Optional.empty();
    }

    private void removeAlone(NftElement element) throws LinuxException {
        try {
            transact(List.of(element), NFT_MSG_DELSETELEM, 0);
        } catch (LinuxException e) {
            if (!e.isMissing()) {
                throw e;
            }
        }
    }

    private void transact(Collection<NftElement> elements, int type, int how) throws LinuxException {
        transact(elements.stream().map(element -> message(element, type, how)).toList());
    }

    private void transact(List<NetlinkMessage> messages) throws LinuxException {
        if (messages.isEmpty()) {
            return;
        }
        List<NetlinkMessage> all = new ArrayList<>();
        all.add(mark("begin a transaction", NFNL_MSG_BATCH_BEGIN));
        all.addAll(messages);
        all.add(mark("end a transaction", NFNL_MSG_BATCH_END));
        socket.execute(all);
    }

    private static NetlinkMessage mark(String meaning, int type) {
        return NetlinkMessage.of(meaning, type, 0)
                .header(NFGENMSG_BYTES, part -> part.put(3, (byte) NFNL_SUBSYS_NFTABLES));
    }

    private NetlinkMessage message(NftElement element, int type, int how) {
        return NetlinkMessage.of((how == 0 ? "take " : "put ") + element, type, NLM_F_ACK | how)
                .header(NFGENMSG_BYTES, part -> part.put(0, (byte) family))
                .with(NFTA_SET_ELEM_LIST_TABLE, table)
                .with(NFTA_SET_ELEM_LIST_SET, element.set())
                .nested(
                        NFTA_SET_ELEM_LIST_ELEMENTS,
                        list -> list.nested(NFTA_LIST_ELEM, item -> {
                            item.nested(NFTA_SET_ELEM_KEY, key -> key.with(NFTA_DATA_VALUE, element.key()));
                            element.keyEnd()
                                    .ifPresent(end ->
                                            item.nested(NFTA_SET_ELEM_KEY_END, key -> key.with(NFTA_DATA_VALUE, end)));
                            element.verdict()
                                    .ifPresent(verdict -> item.nested(NFTA_SET_ELEM_DATA, data -> data(data, verdict)));
                        }));
    }

    private static void data(NetlinkMessage data, NftElement.Verdict verdict) {
        if (verdict instanceof NftElement.Verdict.Value value) {
            data.with(
                    NFTA_DATA_VALUE,
                    NetlinkMessage.ordered(Integer.BYTES).putInt(value.number()).array());
        } else {
            data.nested(NFTA_DATA_VERDICT, value -> verdict(value, verdict));
        }
    }

    private static void verdict(NetlinkMessage value, NftElement.Verdict verdict) {
        switch (verdict) {
            case NftElement.Verdict.Drop drop -> value.withBigEndian(NFTA_VERDICT_CODE, 0);
            case NftElement.Verdict.Return back -> value.withBigEndian(NFTA_VERDICT_CODE, NFT_RETURN);
            case NftElement.Verdict.Jump chain ->
                value.withBigEndian(NFTA_VERDICT_CODE, NFT_JUMP).with(NFTA_VERDICT_CHAIN, chain.chain());
            case NftElement.Verdict.Value number -> throw new IllegalArgumentException(number + " is no verdict");
        }
    }
}
