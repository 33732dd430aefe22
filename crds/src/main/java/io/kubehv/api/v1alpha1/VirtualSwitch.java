package io.kubehv.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonClassDescription;
import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Kind;
import io.fabric8.kubernetes.model.annotation.Plural;
import io.fabric8.kubernetes.model.annotation.ShortNames;
import io.fabric8.kubernetes.model.annotation.Version;

/** A virtual switch: a layer-2 network that adapters of VMs are attached to by its name. */
@JsonClassDescription("A virtual switch: a layer-2 network that adapters of VMs are attached to by its name.")
@Group(KubeHV.GROUP)
@Version(KubeHV.VERSION)
@Kind("VirtualSwitch")
@Plural("virtualswitches")
@ShortNames("vswitch")
@AdditionalPrinterColumn(name = "Type", jsonPath = ".spec.type", getDescription = "External, Internal, Private")
@AdditionalPrinterColumn(name = "Scope", jsonPath = ".spec.scope", getDescription = "Cluster or Node")
@AdditionalPrinterColumn(
        name = "Ready",
        jsonPath = ".status.conditions[?(@.type==\"Ready\")].status",
        getDescription = "True when it works on all nodes that have adapters on it")
@AdditionalPrinterColumn(
        name = "Ports",
        jsonPath = ".status.ports",
        type = AdditionalPrinterColumn.Type.INTEGER,
        getDescription = "How many adapters are on it")
@AdditionalPrinterColumn(
        name = "Age",
        jsonPath = ".metadata.creationTimestamp",
        type = AdditionalPrinterColumn.Type.DATE)
@AdditionalPrinterColumn(name = "Reason", jsonPath = ".status.conditions[?(@.type==\"Ready\")].reason", priority = 1)
public class VirtualSwitch extends CustomResource<VirtualSwitchSpec, VirtualSwitchStatus> {}
