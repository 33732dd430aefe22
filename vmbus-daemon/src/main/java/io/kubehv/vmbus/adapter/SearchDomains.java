package io.kubehv.vmbus.adapter;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * Where the resolvers of pods look for short names. The same in all namespaces but for the namespace, so that those of the
 * daemon's own pod tell those of every other.
 *
 * @param own those of the daemon's own pod
 */
public record SearchDomains(List<String> own) {
    private static final String SEARCH = "search ";
    private static final String SERVICES = ".svc.";

    /** Copies the list. */
    public SearchDomains {
        own = List.copyOf(own);
    }

    /** Those of a resolver's configuration; none where there is no such file. */
    public static SearchDomains read(Path resolverConfiguration) {
        try (Stream<String> lines = Files.lines(resolverConfiguration)) {
            return new SearchDomains(lines.filter(line -> line.startsWith(SEARCH))
                    .reduce((first, last) -> last)
                    .map(line -> Stream.of(
                                    line.substring(SEARCH.length()).strip().split("\\s+"))
                            .filter(domain -> !domain.isEmpty())
                            .toList())
                    .orElse(List.of()));
        } catch (IOException e) {
            return new SearchDomains(List.of());
        }
    }

    /** Those of a pod in a namespace. */
    List<String> of(String namespace) {
        return own.stream()
                .map(domain -> {
                    int services = domain.indexOf(SERVICES);
                    return services > 0 ? namespace + domain.substring(services) : domain;
                })
                .toList();
    }
}
