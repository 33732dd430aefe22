package io.kubehv.cni.switching;

import io.kubehv.cni.netlink.SavedMessage;
import java.util.List;

/**
 * An uplink whose addresses a switch's bridge has, or is about to have or to give back.
 *
 * @param switchName the VirtualSwitch
 * @param link the uplink's name
 * @param mac its own address, which the bridge has as well
 * @param bridgeMac what the bridge had before
 * @param primary whether the node hangs on it
 * @param revision of the spec by which it was taken
 * @param phase how far it is
 * @param addresses what the node has on it
 * @param routes by it
 */
record UplinkRecord(
        String switchName,
        String link,
        String mac,
        String bridgeMac,
        boolean primary,
        String revision,
        Phase phase,
        List<SavedMessage> addresses,
        List<SavedMessage> routes) {
    UplinkRecord {
        addresses = List.copyOf(addresses);
        routes = List.copyOf(routes);
    }

    enum Phase {
        /** On the way to the bridge: each of them may be here, there, or at both. */
        COMING,
        /** On the bridge, and it is not told yet whether the node still reaches its API server. */
        ON_TRIAL,
        /** On the bridge. */
        TAKEN,
        /** On the way back. */
        RETURNING
    }

    UplinkRecord in(Phase next) {
        return with(next, addresses, routes);
    }

    UplinkRecord with(Phase next, List<SavedMessage> itsAddresses, List<SavedMessage> itsRoutes) {
        return new UplinkRecord(switchName, link, mac, bridgeMac, primary, revision, next, itsAddresses, itsRoutes);
    }
}
