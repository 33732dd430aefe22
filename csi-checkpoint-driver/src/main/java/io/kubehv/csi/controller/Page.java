package io.kubehv.csi.controller;

import io.kubehv.csi.error.CsiException;
import io.kubehv.csi.state.PoolId;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * A part of a listing. The token is the id of the first entry that was left out, so a page goes on at the right place
 * even where entries come and go between calls.
 *
 * @param nextToken where the next page starts; empty after the last
 */
record Page<T>(List<T> entries, String nextToken) {
    /** How a kind of entry is named. */
    record Naming<T, I extends PoolId & Comparable<I>>(Function<T, I> id, Function<String, Optional<I>> parser) {}

    static <T, I extends PoolId & Comparable<I>> Page<T> of(
            List<T> sorted, Naming<T, I> naming, String startingToken, int maxEntries) {
        if (maxEntries < 0) {
            throw new CsiException.InvalidRequest("max_entries can't be negative");
        }
        List<T> rest = startingToken.isEmpty() ? sorted : from(sorted, naming, startingToken);
        if (maxEntries == 0 || rest.size() <= maxEntries) {
            return new Page<>(rest, "");
        }
        return new Page<>(
                rest.subList(0, maxEntries),
                naming.id().apply(rest.get(maxEntries)).value());
    }

    private static <T, I extends PoolId & Comparable<I>> List<T> from(
            List<T> sorted, Naming<T, I> naming, String token) {
        I start = naming.parser()
                .apply(token)
                .orElseThrow(() -> new CsiException.Aborted("starting_token is none of ours: list from the start"));
        return sorted.stream()
                .filter(entry -> naming.id().apply(entry).compareTo(start) >= 0)
                .toList();
    }
}
