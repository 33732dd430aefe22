package io.kubehv.csi.controller;

import io.kubehv.csi.error.CsiException;
import io.kubehv.csi.state.VolumeId;
import io.kubehv.csi.state.VolumeRecord;
import java.util.List;

/**
 * A part of a listing. The token is the id of the first volume that was left out, so a page goes on at the right place
 * even where volumes come and go between calls.
 *
 * @param nextToken where the next page starts; empty after the last
 */
record VolumePage(List<VolumeRecord> volumes, String nextToken) {
    static VolumePage of(List<VolumeRecord> sorted, String startingToken, int maxEntries) {
        if (maxEntries < 0) {
            throw new CsiException.InvalidRequest("max_entries can't be negative");
        }
        List<VolumeRecord> rest = startingToken.isEmpty() ? sorted : from(sorted, startingToken);
        if (maxEntries == 0 || rest.size() <= maxEntries) {
            return new VolumePage(rest, "");
        }
        return new VolumePage(
                rest.subList(0, maxEntries), rest.get(maxEntries).id().value());
    }

    private static List<VolumeRecord> from(List<VolumeRecord> sorted, String token) {
        VolumeId start = VolumeId.parse(token)
                .orElseThrow(() -> new CsiException.Aborted("starting_token is none of ours: list from the start"));
        return sorted.stream()
                .filter(volume -> volume.id().compareTo(start) >= 0)
                .toList();
    }
}
