package io.kubehv.cni.switching;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.SortedSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What is looked at in the frames of a port. All ports of which the same is looked at share two chains, so that a frame costs one
 * look-up and what its own port asks for, and nothing for what others ask for.
 *
 * @param guards in their order
 * @param lists the maps that have entries of the port's access list
 */
record PortLook(Set<Guard> guards, SortedSet<PrefixMap> lists) {
    /** Whether anything is looked at in what the port sends. */
    boolean looksAtWhatLeaves() {
        return !rulesFrom().isEmpty();
    }

    /** Whether anything is looked at in what it gets. */
    boolean looksAtWhatComes() {
        return !rulesTo().isEmpty();
    }

    /** The chain of what the port sends. */
    String chainFrom() {
        return "from" + name(lists(true));
    }

    /** The chain of what it gets. */
    String chainTo() {
        return "to" + name(lists(false));
    }

    /** Both chains and the maps that they name, for nft(8). */
    String chains() {
        String maps = lists.stream().map(PrefixMap::definition).collect(Collectors.joining("\n"));
        return "table bridge kubehv {\n" + maps + "\n}\n" + chain(chainFrom(), rulesFrom())
                + chain(chainTo(), rulesTo());
    }

    // A list ends the look where it finds something, so nothing may come after it.
    private List<String> rulesFrom() {
        return rules(guards.stream().map(Guard::fromPort), lists(true));
    }

    private List<String> rulesTo() {
        return rules(guards.stream().map(Guard::toPort), lists(false));
    }

    private static List<String> rules(Stream<String> ofGuards, List<PrefixMap> lists) {
        return Stream.concat(
                        ofGuards.filter(rule -> !rule.isEmpty()), lists.stream().map(PrefixMap::rule))
                .toList();
    }

    private List<PrefixMap> lists(boolean outbound) {
        return lists.stream().filter(list -> list.isOutbound() == outbound).toList();
    }

    private String name(List<PrefixMap> ofDirection) {
        StringBuilder name = new StringBuilder();
        guards.forEach(guard -> name.append('_').append(guard.name().toLowerCase(Locale.ROOT)));
        int family = 0;
        for (PrefixMap list : ofDirection) {
            if (list.family() != family) {
                family = list.family();
                name.append("_list").append(family);
            }
            name.append('_').append(list.prefixLength());
        }
        return name.toString();
    }

    private static String chain(String name, List<String> rules) {
        return """
                table bridge kubehv {
                  chain %1$s { }
                }
                flush chain bridge kubehv %1$s
                table bridge kubehv {
                  chain %1$s {
                %2$s
                  }
                }
                """.formatted(name, String.join("\n", rules));
    }
}
