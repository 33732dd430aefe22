package io.kubehv.cni.linux;

import java.util.List;
import java.util.stream.Stream;

/** What there is of pods' ports in the namespace that plays a node. */
public final class LeftBehind {
    private final TestNamespace node;

    public LeftBehind(TestNamespace node) {
        this.node = node;
    }

    /** Each interface, queueing discipline, forwarding entry and element of the rules that belongs to a port, a line each. */
    public List<String> ofPorts() {
        return Stream.of(
                        lines("ip", "-o", "link", "show").filter(line -> line.contains(" kvp")),
                        lines("tc", "qdisc", "show").filter(line -> line.contains(" kvp")),
                        lines("bridge", "fdb", "show").filter(line -> line.contains("00:15:5d:")),
                        lines("nft", "list", "ruleset").filter(line -> line.contains("\"kvp")))
                .flatMap(found -> found)
                .map(String::strip)
                .toList();
    }

    /** All interfaces by name, queueing disciplines, forwarding entries, addresses and rules that there are. */
    public List<String> everything() {
        return Stream.of(
                        lines("ip", "-o", "addr", "show"),
                        lines("ip", "-o", "link", "show"),
                        lines("tc", "qdisc", "show"),
                        lines("bridge", "fdb", "show"),
                        lines("ip", "route", "show", "table", "all"),
                        lines("nft", "list", "ruleset"))
                .flatMap(found -> found)
                // In which order the kernel tells multicast groups says nothing.
                .sorted()
                .toList();
    }

    private Stream<String> lines(String... command) {
        return node.exec(command).lines();
    }
}
