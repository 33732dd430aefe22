package io.kubehv.cni.switching;

import io.kubehv.cni.fault.SwitchException;
import io.kubehv.cni.netlink.Addresses;
import io.kubehv.cni.netlink.HeldAddresses;
import io.kubehv.cni.netlink.Link;
import io.kubehv.cni.netlink.MacAddress;
import io.kubehv.cni.netlink.SavedMessage;
import io.kubehv.cni.switching.SwitchConfiguration.Uplink;
import io.kubehv.cni.switching.UplinkRecord.Phase;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.logging.Logger;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The node's interfaces that External switches have. What the node itself has on one is moved to the switch's bridge, where the
 * switch is shared, and comes back with the interface.
 */
final class Uplinks {
    private static final Logger LOG = Logger.getLogger(Uplinks.class.getName());

    private final NodeNetwork network;
    private final UplinkJournal journal;
    private final UplinkTrial trial;
    private final UplinkMove move;

    Uplinks(NodeNetwork network, UplinkJournal journal, Optional<ApiServer> apiServer) {
        this.network = network;
        this.journal = journal;
        this.trial = new UplinkTrial(network, apiServer);
        this.move = new UplinkMove(network);
    }

    /** The switches whose bridges have the node's own addresses, or are about to. */
    Set<String> carrying() {
        return journal.all().stream().map(UplinkRecord::switchName).collect(Collectors.toSet());
    }

    /**
     * Ends what an earlier life of this program was in the middle of: the node gets back what was on its way, and what was on trial
     * is tried to the end. Nobody else is needed for that, since it may be that nobody is reached.
     */
    void recover(Failures failures) {
        for (UplinkRecord record : journal.all()) {
            failures.attempt(record.switchName(), () -> {
                try {
                    switch (record.phase()) {
                        case COMING, RETURNING -> giveBack(record);
                        case ON_TRIAL -> passOrGiveBack(record);
                        case TAKEN -> {}
                    }
                } catch (IOException e) {
                    throw failure(record.switchName(), e);
                }
            });
        }
    }

    /** Gives back the uplinks of switches that are not among these, which nobody else does after a start. */
    void releaseExcept(Set<String> switchNames, Failures failures) {
        for (String name : carrying()) {
            if (!switchNames.contains(name)) {
                failures.attempt(name, () -> release(name));
            }
        }
        failures.attempt(() -> journal.forgiveExcept(switchNames));
    }

    /** Takes from the bridge what it should not have as the switch is now. */
    void settle(SwitchConfiguration configuration) throws IOException, SwitchException {
        Optional<UplinkRecord> record = journal.find(configuration.name());
        if (record.isPresent() && !suits(record.get(), configuration.uplink())) {
            giveBack(record.get());
        }
        free(configuration.name(), configuration.uplink().map(Uplink::link));
    }

    private static boolean suits(UplinkRecord record, Optional<Uplink> uplink) {
        return uplink.isPresent()
                && uplink.get().link().equals(record.link())
                && uplink.get().shared()
                && (!record.primary() || uplink.get().acceptPrimary());
    }

    /** Makes the uplink a port of the switch's bridge, with what it was for the node. */
    void ensure(SwitchConfiguration configuration, Link bridge) throws IOException, SwitchException {
        if (configuration.uplink().isEmpty()) {
            return;
        }
        Uplink wanted = configuration.uplink().get();
        Link link = present(configuration.name(), wanted, bridge);
        Optional<UplinkRecord> record = journal.find(configuration.name());
        if (link.master() == bridge.index() && (record.isEmpty() || record.get().phase() == Phase.TAKEN)) {
            return;
        }
        List<SavedMessage> addresses = network.heldAddresses().of(link.index());
        if (record.isEmpty() && addresses.stream().allMatch(Uplinks::isLinkLocal)) {
            network.links().setMaster(link.index(), bridge.index());
            network.links().switchOn(link.index());
            return;
        }
        // One that has vanished and come back is what the node waits for.
        if (record.isEmpty()) {
            UplinkRefusal.check(network, trial, journal, configuration.name(), wanted, link);
        }
        take(configuration.name(), wanted, record, link, bridge);
    }

    private Link present(String switchName, Uplink wanted, Link bridge) throws IOException, SwitchException {
        String name = wanted.link();
        Optional<Link> link = network.links().find(name);
        if (link.isEmpty()) {
            throw new SwitchException.TryAgainLater("switch " + switchName + ": this node has no interface " + name
                    + "; name one that it has in spec.uplinks");
        }
        if (link.get().master() != 0 && link.get().master() != bridge.index()) {
            throw new SwitchException.Conflict("switch " + switchName + ": the interface " + name
                    + " is a port of another bridge; name another interface in spec.uplinks");
        }
        return link.get();
    }

    private static boolean isLinkLocal(SavedMessage address) {
        return HeldAddresses.assigned(address).address().isLinkLocalAddress();
    }

    private void take(String switchName, Uplink wanted, Optional<UplinkRecord> before, Link link, Link bridge)
            throws IOException, SwitchException {
        UplinkRecord record = journal.put(new UplinkRecord(
                switchName,
                link.name(),
                link.mac().map(MacAddress::text).orElseThrow(),
                before.map(UplinkRecord::bridgeMac)
                        .orElse(bridge.mac().map(MacAddress::text).orElseThrow()),
                before.map(UplinkRecord::primary).orElse(false)
                        || UplinkRefusal.isPrimary(network, trial, wanted, link),
                wanted.revision(),
                Phase.COMING,
                both(
                        before.map(UplinkRecord::addresses).orElse(List.of()),
                        network.heldAddresses().of(link.index())),
                both(
                        before.map(UplinkRecord::routes).orElse(List.of()),
                        network.heldRoutes().of(link.index()))));
        boolean canLose = trial.isReached();
        try {
            UplinkMove.go(move.toBridge(record, link, bridge));
        } catch (IOException e) {
            giveBack(record);
            throw e;
        }
        if (canLose) {
            passOrGiveBack(journal.put(record.in(Phase.ON_TRIAL)));
        } else {
            journal.put(record.in(Phase.TAKEN));
        }
        LOG.info(() -> "switch " + switchName + " has the node's addresses of " + link.name() + " now");
    }

    /** An interface that comes back may have some of what it had. */
    private static List<SavedMessage> both(List<SavedMessage> some, List<SavedMessage> others) {
        return Stream.concat(some.stream(), others.stream()).distinct().toList();
    }

    private void passOrGiveBack(UplinkRecord record) throws IOException, SwitchException {
        if (trial.passes()) {
            journal.put(record.in(Phase.TAKEN));
            return;
        }
        ApiServer lost = trial.apiServer().orElseThrow();
        String reason = "switch " + record.switchName() + ": gave " + record.link()
                + " back to the node, which did not reach its API server " + lost + " within "
                + lost.patience().toSeconds() + " s by the switch; it is not tried again until the spec changes";
        journal.refuse(new UplinkJournal.Refusal(record.switchName(), record.revision(), reason));
        giveBack(record);
        throw new SwitchException.UplinkGivenBack(reason);
    }

    // What came to the bridge since then, or went, counts: it is the node's.
    private void giveBack(UplinkRecord record) throws IOException, SwitchException {
        Optional<Link> uplink = network.links().find(record.link());
        Optional<Link> bridge = network.links().find(LinkNames.bridge(record.switchName()));
        UplinkRecord returning = record;
        if (bridge.isPresent()
                && uplink.isPresent()
                && uplink.get().master() == bridge.get().index()
                && (record.phase() == Phase.TAKEN || record.phase() == Phase.ON_TRIAL)) {
            returning = record.with(
                    Phase.RETURNING,
                    asTheyWere(network.heldAddresses().of(bridge.get().index()), record.addresses()),
                    network.heldRoutes().of(bridge.get().index()));
        }
        journal.put(returning.in(Phase.RETURNING));
        if (uplink.isEmpty()) {
            LOG.warning(() -> "the interface " + record.link()
                    + " is not there to get back the node's addresses of switch " + record.switchName());
        } else {
            UplinkMove.go(move.toUplink(returning, bridge, uplink.get()));
        }
        journal.remove(record.switchName());
    }

    /** With what a bridge could not have of them, such as their labels. */
    private static List<SavedMessage> asTheyWere(List<SavedMessage> now, List<SavedMessage> before) {
        List<SavedMessage> all = new ArrayList<>();
        for (SavedMessage address : now) {
            Addresses.Assigned assigned = HeldAddresses.assigned(address);
            all.add(before.stream()
                    .filter(earlier -> HeldAddresses.assigned(earlier).equals(assigned))
                    .findFirst()
                    .orElse(address));
        }
        return all;
    }

    /** Gives back the uplink that the switch has. */
    void release(String switchName) throws SwitchException {
        try {
            Optional<UplinkRecord> record = journal.find(switchName);
            if (record.isPresent()) {
                giveBack(record.get());
            }
            free(switchName, Optional.empty());
        } catch (IOException e) {
            throw failure(switchName, e);
        }
    }

    private void free(String switchName, Optional<String> except) throws IOException {
        Optional<Link> bridge = network.links().find(LinkNames.bridge(switchName));
        if (bridge.isEmpty()) {
            return;
        }
        for (Link link : network.links().list()) {
            if (link.master() == bridge.get().index()
                    && !LinkNames.areOurs(link.name())
                    && !except.equals(Optional.of(link.name()))) {
                network.links().setMaster(link.index(), 0);
            }
        }
    }

    private static SwitchException failure(String switchName, IOException cause) {
        return new SwitchException.SystemFailure(
                "switch " + switchName + ": can't give the uplink back: " + cause.getMessage(), cause);
    }
}
