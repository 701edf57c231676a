/* SPDX-License-Identifier: Apache-2.0 */
/* Register map of a CrossTile chip (generated). */
#ifndef CROSSTILE_REGISTERS_H
#define CROSSTILE_REGISTERS_H

#define CROSSTILE_ID                 0x00u  /* RO: 0x4C495443, "CTIL" */
#define CROSSTILE_VERSION            0x04u  /* RO: major << 16 + minor << 8 + patch of the program */
#define CROSSTILE_CONTROL            0x08u  /* WO: bit 0: hardware reset; buffers and queues are lost, conductances and programs stay */
#define CROSSTILE_STATUS             0x0Cu  /* RO: bit 0: transfers or images are under way; bit 1: every committed tile is programmed */
#define CROSSTILE_INTERRUPT_ENABLE   0x10u  /* RW: which bits of INTERRUPT_STATUS raise the interrupt */
#define CROSSTILE_INTERRUPT_STATUS   0x14u  /* W1C: bit 0: an image's result is complete; bit 1: all committed tiles are programmed */
#define CROSSTILE_DMA_SOURCE         0x20u  /* RW: where in host memory a transfer begins, bytes */
#define CROSSTILE_DMA_NODE           0x28u  /* RW: tile that it goes to */
#define CROSSTILE_DMA_KIND           0x2Cu  /* RW: 0: weights or program bytes to DMA_ADDRESS; 1: commit a program of DMA_LENGTH bytes */
#define CROSSTILE_DMA_ADDRESS        0x30u  /* RW: address in the tile, low word */
#define CROSSTILE_DMA_ADDRESS_HIGH   0x34u  /* RW: address in the tile, high word */
#define CROSSTILE_DMA_LENGTH         0x38u  /* RW: bytes */
#define CROSSTILE_DMA_START          0x3Cu  /* WO: any write queues the transfer described above */
#define CROSSTILE_ROUTE_ADDRESS      0x40u  /* RW: where in host memory the list of input tiles begins: node, stream of the tile, bytes of it that the tile's buffer holds; 32 bits each */
#define CROSSTILE_ROUTE_COUNT        0x44u  /* RW: how many tiles inputs go to */
#define CROSSTILE_INPUT_BYTES        0x48u  /* RW: bytes of one image */
#define CROSSTILE_INPUT_STRIDE       0x4Cu  /* RW: from one image to the next in the streams of the input tiles, bytes; at least INPUT_BYTES */
#define CROSSTILE_IMAGE_ADDRESS      0x50u  /* RW: where in host memory an image begins */
#define CROSSTILE_IMAGE_SUBMIT       0x54u  /* WO: any write queues the image at IMAGE_ADDRESS */
#define CROSSTILE_RESULT_ADDRESS     0x58u  /* RW: where in host memory results go, one image after another */
#define CROSSTILE_RESULT_BYTES       0x5Cu  /* RW: bytes of one image's result */
#define CROSSTILE_RESULTS            0x60u  /* RO: results complete since reset */

/* Fields: masks. */
#define CROSSTILE_CONTROL_RESET                0x1u  /* hardware reset */
#define CROSSTILE_STATUS_BUSY                  0x1u  /* transfers or images are under way */
#define CROSSTILE_STATUS_PROGRAMMED            0x2u  /* every committed tile is programmed */
#define CROSSTILE_INTERRUPT_ENABLE_RESULT      0x1u  /* an image's result raises the interrupt */
#define CROSSTILE_INTERRUPT_ENABLE_PROGRAMMED  0x2u  /* the end of programming raises the interrupt */
#define CROSSTILE_INTERRUPT_STATUS_RESULT      0x1u  /* an image's result is complete */
#define CROSSTILE_INTERRUPT_STATUS_PROGRAMMED  0x2u  /* all committed tiles are programmed */
#define CROSSTILE_DMA_KIND_COMMIT              0x1u  /* commit a program rather than carry bytes */

#define CROSSTILE_MEMORY_BASE 0x10000000u

#endif
