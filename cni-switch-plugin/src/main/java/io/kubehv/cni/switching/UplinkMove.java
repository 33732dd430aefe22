package io.kubehv.cni.switching;

import io.kubehv.cni.netlink.HeldAddresses;
import io.kubehv.cni.netlink.HeldRoutes;
import io.kubehv.cni.netlink.Link;
import io.kubehv.cni.netlink.MacAddress;
import io.kubehv.cni.netlink.SavedMessage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Moves what the node has on an uplink to the switch's bridge, as Hyper-V does to the management OS's virtual adapter, and back. At
 * each moment the node has its addresses at one of them at least. Each way can be gone again from wherever it was left.
 */
final class UplinkMove {
    private final NodeNetwork network;

    UplinkMove(NodeNetwork network) {
        this.network = network;
    }

    /** A part of the way. */
    @FunctionalInterface
    interface Step {
        void go() throws IOException;
    }

    /** Goes the whole way. */
    static void go(List<Step> steps) throws IOException {
        for (Step step : steps) {
            step.go();
        }
    }

    /** To the bridge, of which the uplink becomes a port. */
    List<Step> toBridge(UplinkRecord record, Link uplink, Link bridge) {
        List<Step> steps = new ArrayList<>();
        steps.add(() -> mac(bridge, record.mac()));
        give(steps, record, bridge);
        steps.add(() -> network.links().setMaster(uplink.index(), bridge.index()));
        steps.add(() -> network.links().switchOn(uplink.index()));
        giveRoutes(steps, record, bridge);
        takeRoutes(steps, record, uplink);
        take(steps, record, uplink);
        return steps;
    }

    /**
     * Back from the bridge, which the uplink is no port of any more.
     *
     * @param bridge empty where it is gone, with what it had
     */
    List<Step> toUplink(UplinkRecord record, Optional<Link> bridge, Link uplink) {
        List<Step> steps = new ArrayList<>();
        give(steps, record, uplink);
        steps.add(() -> network.links().setMaster(uplink.index(), 0));
        // By one that is switched off there are none, and none can be added.
        if (uplink.isUp()) {
            giveRoutes(steps, record, uplink);
        }
        if (bridge.isPresent()) {
            takeRoutes(steps, record, bridge.get());
            take(steps, record, bridge.get());
            steps.add(() -> mac(bridge.get(), record.bridgeMac()));
        }
        return steps;
    }

    private void mac(Link link, String wanted) throws IOException {
        MacAddress mac = new MacAddress(wanted);
        if (!link.mac().equals(Optional.of(mac))) {
            network.links().setMac(link.index(), mac);
        }
    }

    private void give(List<Step> steps, UplinkRecord record, Link to) {
        HeldAddresses addresses = network.heldAddresses();
        for (SavedMessage address : record.addresses()) {
            steps.add(() -> addresses.give(address, to));
        }
    }

    // The new ones stand behind the old ones until those go, so that there is one at each moment.
    private void giveRoutes(List<Step> steps, UplinkRecord record, Link to) {
        HeldRoutes routes = network.heldRoutes();
        for (SavedMessage route : record.routes()) {
            steps.add(() -> routes.give(route, to));
        }
    }

    private void takeRoutes(List<Step> steps, UplinkRecord record, Link from) {
        HeldRoutes routes = network.heldRoutes();
        for (SavedMessage route : record.routes()) {
            steps.add(() -> routes.take(route, from));
        }
    }

    // The last one first: others of its network may hang on the first.
    private void take(List<Step> steps, UplinkRecord record, Link from) {
        HeldAddresses addresses = network.heldAddresses();
        for (SavedMessage address : record.addresses().reversed()) {
            steps.add(() -> addresses.take(address, from));
        }
    }
}
