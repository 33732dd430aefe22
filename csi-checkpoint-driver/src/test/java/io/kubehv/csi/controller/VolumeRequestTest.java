package io.kubehv.csi.controller;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kubehv.csi.error.CsiException;
import io.kubehv.csi.linux.FileSystemType;
import io.kubehv.csi.proto.CreateVolumeRequest;
import io.kubehv.csi.proto.Topology;
import io.kubehv.csi.proto.TopologyRequirement;
import io.kubehv.csi.proto.VolumeCapability;
import io.kubehv.csi.proto.VolumeCapability.AccessMode.Mode;
import io.kubehv.csi.state.AccessType;
import io.kubehv.csi.state.Contents;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class VolumeRequestTest {
    private static final NodeTopology HERE = new NodeTopology("here");

    private static VolumeCapability mount(String fileSystem, Mode mode) {
        return VolumeCapability.newBuilder()
                .setMount(VolumeCapability.MountVolume.newBuilder().setFsType(fileSystem))
                .setAccessMode(VolumeCapability.AccessMode.newBuilder().setMode(mode))
                .build();
    }

    private static CreateVolumeRequest.Builder request() {
        return CreateVolumeRequest.newBuilder()
                .setName("pvc-1")
                .addVolumeCapabilities(mount("", Mode.SINGLE_NODE_WRITER));
    }

    private static CreateVolumeRequest on(String node) {
        return request()
                .setAccessibilityRequirements(TopologyRequirement.newBuilder()
                        .addRequisite(Topology.newBuilder().putSegments(NodeTopology.KEY, node)))
                .build();
    }

    @Test
    void a_volume_holds_a_file_system_unless_a_class_says_otherwise() {
        VolumeRequest plain = VolumeRequest.of(request().build(), HERE);

        assertThat(plain.contents()).isEqualTo(Contents.FILESYSTEM);
        assertThat(plain.accessType()).isEqualTo(AccessType.MOUNT);
        assertThat(plain.needsFileSystem()).isTrue();
    }

    @Test
    void attributes_go_before_parameters() {
        CreateVolumeRequest asked = request()
                .putParameters("contents", "filesystem")
                .putVolumeAttributes("contents", "disk")
                .build();

        assertThat(VolumeRequest.of(asked, HERE).contents()).isEqualTo(Contents.DISK);
    }

    @Test
    void the_provisioners_metadata_is_kept_for_people() {
        CreateVolumeRequest asked =
                request().putParameters("csi.storage.k8s.io/pvc/name", "data").build();

        assertThat(VolumeRequest.of(asked, HERE).claim()).containsEntry("pvc/name", "data");
    }

    @Test
    void an_unknown_parameter_is_refused_by_name() {
        CreateVolumeRequest asked = request().putParameters("iops", "1").build();

        assertThatThrownBy(() -> VolumeRequest.of(asked, HERE))
                .isInstanceOf(CsiException.InvalidRequest.class)
                .hasMessageContaining("\"iops\"");
    }

    @Test
    void an_unknown_file_system_is_refused_with_those_that_are_known() {
        CreateVolumeRequest asked = CreateVolumeRequest.newBuilder()
                .setName("x")
                .addVolumeCapabilities(mount("ntfs", Mode.SINGLE_NODE_WRITER))
                .build();

        assertThatThrownBy(() -> VolumeRequest.of(asked, HERE))
                .isInstanceOf(CsiException.InvalidRequest.class)
                .hasMessageContaining("ext4 and xfs");
    }

    @ParameterizedTest
    @EnumSource(
            value = Mode.class,
            names = {"MULTI_NODE_.*"},
            mode = EnumSource.Mode.MATCH_ANY)
    void no_volume_is_on_several_nodes(Mode mode) {
        CreateVolumeRequest asked = CreateVolumeRequest.newBuilder()
                .setName("x")
                .addVolumeCapabilities(mount("", mode))
                .build();

        assertThatThrownBy(() -> VolumeRequest.of(asked, HERE)).isInstanceOf(CsiException.InvalidRequest.class);
    }

    @Test
    void a_volume_can_not_be_a_mount_and_a_device() {
        CreateVolumeRequest asked = request()
                .addVolumeCapabilities(VolumeCapability.newBuilder()
                        .setBlock(VolumeCapability.BlockVolume.getDefaultInstance())
                        .setAccessMode(VolumeCapability.AccessMode.newBuilder().setMode(Mode.SINGLE_NODE_WRITER)))
                .build();

        assertThatThrownBy(() -> VolumeRequest.of(asked, HERE)).isInstanceOf(CsiException.InvalidRequest.class);
    }

    @Test
    void a_volume_that_is_wanted_elsewhere_is_not_made_here() {
        assertThat(VolumeRequest.of(on("here"), HERE).placed()).isTrue();
        assertThatThrownBy(() -> VolumeRequest.of(on("there"), HERE)).isInstanceOf(CsiException.NoSpace.class);
    }

    @Test
    void small_volumes_get_a_file_system_that_fits_them() {
        assertThat(FileSystemType.bestFor(16L << 20)).isEqualTo(FileSystemType.EXT4);
        assertThat(FileSystemType.bestFor(1L << 30)).isEqualTo(FileSystemType.XFS);
    }
}
