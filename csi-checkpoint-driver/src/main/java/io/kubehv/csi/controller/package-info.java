/**
 * CSI's controller service for the volumes of this node: create, clone, delete, list, capacity.
 * Changes the pool through the store only; mounts nothing.
 */
@NullMarked
package io.kubehv.csi.controller;

import org.jspecify.annotations.NullMarked;
