package io.kubehv.csi.state;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.kubehv.csi.linux.ImmutableDirectory;
import io.kubehv.csi.linux.RenameExchange;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * The volumes of this node. A volume is made in {@code creating/}, and exists from the moment it is renamed to
 * {@code volumes/}; it is gone from the moment it is renamed to {@code deleting/}. So whatever is killed, and wherever
 * the power is cut, what is under {@code volumes/} is whole, and the rest is swept away at the next start.
 *
 * <p>Reads come from memory, writes go to the disk first. Callers hold the volume's lock for writes.
 */
public final class VolumeStore {
    private static final Logger LOG = Logger.getLogger(VolumeStore.class.getName());

    /** One block: what is staged elsewhere next fits into it as well. */
    private static final int STAGING_BYTES = 4096;

    private final CreationStep.Observer observer;
    private final PoolFolder volumes;
    private final PoolFolder creating;
    private final PoolFolder deleting;
    private final SortedMap<VolumeId, VolumeRecord> records = new ConcurrentSkipListMap<>();

    /** Fills a new volume's directory with its data. */
    public interface Filler {
        void fill(VolumeDirectory directory) throws IOException;
    }

    private VolumeStore(Path root, CreationStep.Observer observer) {
        this.observer = observer;
        this.volumes = new PoolFolder(root.resolve("volumes"));
        this.creating = new PoolFolder(root.resolve("creating"));
        this.deleting = new PoolFolder(root.resolve("deleting"));
    }

    /** Opens the store in the pool's directory, and sweeps away what an interrupted call left. */
    public static VolumeStore open(Path root) throws IOException {
        return open(root, step -> {});
    }

    /** As {@link #open(Path)}, with someone who is told how far each volume has come. */
    static VolumeStore open(Path root, CreationStep.Observer observer) throws IOException {
        VolumeStore store = new VolumeStore(root, observer);
        store.volumes.makePrivate();
        for (PoolFolder scratch : List.of(store.creating, store.deleting)) {
            scratch.makePrivate();
            scratch.sweep();
        }
        for (Path directory : store.volumes.entries()) {
            store.load(directory);
        }
        return store;
    }

    private void load(Path directory) throws IOException {
        Optional<VolumeId> id = VolumeId.parse(directory.getFileName().toString());
        if (id.isEmpty()) {
            LOG.log(Level.WARNING, "{0} is no volume; it is left alone", directory);
            return;
        }
        RecordFiles.read(new VolumeDirectory(directory).metadata(), VolumeRecord.class)
                .ifPresent(volume -> records.put(id.get(), volume));
    }

    /** The volume of that id, if it is here. */
    public Optional<VolumeRecord> find(VolumeId id) {
        return Optional.ofNullable(records.get(id));
    }

    /** All volumes, by id. */
    public List<VolumeRecord> list() {
        return List.copyOf(records.values());
    }

    /** Where the volume's files are. */
    public VolumeDirectory directory(VolumeId id) {
        return new VolumeDirectory(volumes.entry(id));
    }

    /** Makes a volume. When this returns, it is there after a power cut; when it throws, nothing of it is. */
    public void create(VolumeRecord volume, Filler filler) throws IOException {
        VolumeDirectory draft = new VolumeDirectory(creating.clear(volume.id()));
        try {
            make(draft, volume, filler);
            volumes.settle(draft.path(), volume.id(), () -> observer.reached(CreationStep.RENAMED), deleting);
        } finally {
            // What is whole has left it.
            PoolFolder.deleteTree(draft.path());
        }
        records.put(volume.id(), volume);
    }

    /**
     * Gives a volume other data and other metadata in one step: whatever is killed, it has either both or none of them.
     * The new ones are made beside it, and the two directories change places.
     */
    public void replace(VolumeRecord volume, Filler filler) throws IOException {
        VolumeDirectory draft = new VolumeDirectory(creating.clear(volume.id()));
        try {
            make(draft, volume, filler);
            Path home = directory(volume.id()).path();
            RenameExchange.between(draft.path(), home);
            records.put(volume.id(), volume);
            observer.reached(CreationStep.RENAMED);
            DurableFiles.syncNames(draft.path(), home);
        } finally {
            // Either what was not finished, or what the volume had before.
            PoolFolder.deleteTree(draft.path());
        }
    }

    private void make(VolumeDirectory draft, VolumeRecord volume, Filler filler) throws IOException {
        Files.createDirectories(draft.contents());
        filler.fill(draft);
        DurableFiles.sync(draft.image());
        if (volume.isPublishedAsFile()) {
            ImmutableDirectory.seal(draft.contents());
        }
        DurableFiles.sync(draft.contents());
        observer.reached(CreationStep.SEALED);
        writeStaging(draft, StagingRecord.NOWHERE);
        DurableFiles.replace(draft.metadata(), RecordFiles.content(volume));
        observer.reached(CreationStep.DESCRIBED);
    }

    /** Changes a volume's metadata. */
    public void update(VolumeRecord volume) throws IOException {
        DurableFiles.replace(directory(volume.id()).metadata(), RecordFiles.content(volume));
        records.put(volume.id(), volume);
    }

    /** Removes a volume; fine where it is not there. */
    public void delete(VolumeId id) throws IOException {
        Path grave = deleting.clear(id);
        if (Files.exists(directory(id).path())) {
            DurableFiles.rename(directory(id).path(), grave);
        }
        records.remove(id);
        PoolFolder.deleteTree(grave);
    }

    /** Remembers where a volume is staged. Works on a full pool too, in the block that the volume was made with. */
    public void stage(VolumeId id, StagingRecord staging) throws IOException {
        writeStaging(directory(id), staging);
    }

    /** Forgets where a volume is staged. */
    public void unstage(VolumeId id) throws IOException {
        writeStaging(directory(id), StagingRecord.NOWHERE);
    }

    private static void writeStaging(VolumeDirectory directory, StagingRecord staging) throws IOException {
        byte[] json = RecordFiles.content(staging);
        byte[] block = Arrays.copyOf(json, Math.max(json.length, STAGING_BYTES));
        Arrays.fill(block, json.length, block.length, (byte) ' ');
        DurableFiles.overwrite(directory.staging(), block);
    }

    /** Where a volume is staged. */
    public Optional<StagingRecord> staging(VolumeId id) throws IOException {
        try {
            byte[] content = Files.readAllBytes(directory(id).staging());
            return Optional.of(RecordFiles.parse(content, StagingRecord.class))
                    .filter(staging -> !staging.equals(StagingRecord.NOWHERE));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (JsonProcessingException e) {
            LOG.log(Level.WARNING, "the staging record of " + id + " can't be read; it counts as not staged", e);
            return Optional.empty();
        }
    }
}
