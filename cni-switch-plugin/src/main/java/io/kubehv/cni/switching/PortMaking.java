package io.kubehv.cni.switching;

import io.kubehv.api.v1alpha1.SwitchPort;
import io.kubehv.cni.fault.SwitchException;
import io.kubehv.cni.netlink.Link;
import io.kubehv.cni.netlink.NftElement;
import io.kubehv.cni.switching.PortService.Attachment;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.logging.Logger;
import java.util.stream.Collectors;

/** Makes ports that the journal has, and takes them away: interfaces and rules. The caller holds the container's lock. */
final class PortMaking {
    private static final Logger LOG = Logger.getLogger(PortMaking.class.getName());

    private final PortRules rules;
    private final NodeSwitches switches;
    private final Shortcuts shortcuts;
    private final PodSide vmLinks;
    private final PodSide podLinks;

    PortMaking(PortRules rules, NodeSwitches switches, Shortcuts shortcuts, PortLinks links, NodeNetwork network) {
        this.rules = rules;
        this.switches = switches;
        this.shortcuts = shortcuts;
        this.vmLinks = links;
        this.podLinks = new PodLinks(network, links);
    }

    private PodSide links(PortRecord record) {
        return record.network() == null ? vmLinks : podLinks;
    }

    // What comes to a pod's own interface is told whom it is for by the bridge's way into the pod.
    private static boolean takesShortcuts(PortRecord record) {
        return record.network() == null;
    }

    /** Makes the port anew where something of it is not as it should be. */
    void repair(PortRecord record, SwitchPort port) throws SwitchException {
        try {
            Link bridge = switches.bridge(port.switchName());
            Optional<String> damage = links(record)
                    .damage(record.link(port), port, Path.of(record.attachment().namespacePath()), bridge);
            if (damage.isPresent()) {
                LOG.warning(() -> "repairing the port " + port.adapter() + " of "
                        + record.attachment().podNamespace() + "/"
                        + record.attachment().podName() + ": " + damage.get());
                make(record, port, Set.of());
            } else if (takesShortcuts(record)) {
                shortcuts.ensure(record.link(port), Guards.of(port, switches.of(port)));
            }
        } catch (IOException e) {
            throw failure(record.attachment(), port, e);
        }
    }

    /** What is not as {@link #make} makes it of a port; empty where all is. */
    Optional<String> damage(PortRecord record, SwitchPort port) throws IOException, SwitchException {
        SwitchConfiguration configuration = switches.of(port);
        Link bridge = switches.checkedBridge(configuration);
        String link = record.link(port);
        Optional<String> damage =
                links(record).damage(link, port, Path.of(record.attachment().namespacePath()), bridge);
        return damage.isPresent()
                ? damage
                : rules.missing(rules.of(link, Guards.of(port, configuration)))
                        .map(element -> "the rule " + element + " is gone");
    }

    /** Makes the port, with no rules left that it had before. */
    PortInterface make(PortRecord record, SwitchPort port, Optional<PortRecord> before) throws SwitchException {
        Set<NftElement> old = before.map(PortRecord::ports).orElse(List.of()).stream()
                .filter(earlier -> earlier.adapter().equals(port.adapter()))
                .flatMap(earlier -> elements(record, earlier).stream())
                .collect(Collectors.toSet());
        return make(record, port, old);
    }

    // Its guards are there before it is: what is looked up is its name. A port that was in no VLAN is in one before
    // tags are
    // let through, and the other way round.
    private PortInterface make(PortRecord record, SwitchPort port, Set<NftElement> old) throws SwitchException {
        SwitchConfiguration configuration = switches.of(port);
        Link bridge = switches.bridge(port.switchName());
        String link = record.link(port);
        Guards guards = Guards.of(port, configuration);
        rules.ensureChains(guards);
        Set<NftElement> now = rules.of(link, guards);
        Set<NftElement> gone = new HashSet<>(old);
        gone.removeAll(now);
        boolean comesToTags = port.vlan() != null && !old.isEmpty();
        try {
            shortcuts.leave(link);
            if (!comesToTags) {
                rules.exchange(gone, now);
            }
            Link host = links(record)
                    .ensure(link, port, Path.of(record.attachment().namespacePath()), bridge, configuration);
            if (comesToTags) {
                rules.exchange(gone, now);
            }
            if (takesShortcuts(record)) {
                shortcuts.enter(host, guards);
            }
        } catch (IOException e) {
            throw failure(record.attachment(), port, e);
        }
        switches.portsChanged(configuration);
        return new PortInterface(port.device(), port.macAddress(), configuration.mtu());
    }

    private Set<NftElement> elements(PortRecord record, SwitchPort port) {
        return switches.find(port.switchName())
                .map(configuration -> rules.of(record.link(port), Guards.of(port, configuration)))
                .orElse(Set.of());
    }

    private static SwitchException failure(Attachment attachment, SwitchPort port, IOException cause) {
        return new SwitchException.SystemFailure(
                "port " + port.adapter() + " of pod " + attachment.podNamespace() + "/" + attachment.podName()
                        + " on switch " + port.switchName() + ": " + cause.getMessage(),
                cause);
    }

    /** Takes away all of a record, and the record. Guards go after what they guard. */
    void unmake(PortRecord record) throws SwitchException {
        try {
            for (SwitchPort port : record.ports()) {
                shortcuts.leave(record.link(port));
            }
            links(record)
                    .removeAll(
                            record.ports().stream().map(record::link).toList(),
                            Path.of(record.attachment().namespacePath()));
            rules.remove(
                    record.ports().stream()
                            .flatMap(port -> elements(record, port).stream())
                            .collect(Collectors.toSet()),
                    record);
        } catch (IOException e) {
            throw new SwitchException.SystemFailure(
                    "can't remove the ports of " + record.key() + ": " + e.getMessage(), e);
        }
    }

    /** The record's ports have come or gone. */
    void portsChanged(PortRecord record) throws SwitchException {
        for (SwitchPort port : record.ports()) {
            Optional<SwitchConfiguration> configuration = switches.find(port.switchName());
            if (configuration.isPresent()) {
                switches.portsChanged(configuration.get());
            }
        }
    }

    /** Takes away one port of a record that stays. */
    void unmake(PortRecord record, SwitchPort port) throws SwitchException {
        try {
            shortcuts.leave(record.link(port));
            links(record)
                    .remove(record.link(port), port, Path.of(record.attachment().namespacePath()));
            rules.remove(elements(record, port));
        } catch (IOException e) {
            throw failure(record.attachment(), port, e);
        }
    }
}
