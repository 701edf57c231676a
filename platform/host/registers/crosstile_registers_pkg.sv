// SPDX-License-Identifier: Apache-2.0
// Register map of a CrossTile chip (generated).
package crosstile_registers_pkg;

  localparam logic [31:0] ID                 = 32'h00;  // RO: 0x4C495443, "CTIL"
  localparam logic [31:0] VERSION            = 32'h04;  // RO: major << 16 + minor << 8 + patch of the program
  localparam logic [31:0] CONTROL            = 32'h08;  // WO: bit 0: hardware reset; buffers and queues are lost, conductances and programs stay
  localparam logic [31:0] STATUS             = 32'h0C;  // RO: bit 0: transfers or images are under way; bit 1: every committed tile is programmed
  localparam logic [31:0] INTERRUPT_ENABLE   = 32'h10;  // RW: which bits of INTERRUPT_STATUS raise the interrupt
  localparam logic [31:0] INTERRUPT_STATUS   = 32'h14;  // W1C: bit 0: an image's result is complete; bit 1: all committed tiles are programmed
  localparam logic [31:0] DMA_SOURCE         = 32'h20;  // RW: where in host memory a transfer begins, bytes
  localparam logic [31:0] DMA_NODE           = 32'h28;  // RW: tile that it goes to
  localparam logic [31:0] DMA_KIND           = 32'h2C;  // RW: 0: weights or program bytes to DMA_ADDRESS; 1: commit a program of DMA_LENGTH bytes
  localparam logic [31:0] DMA_ADDRESS        = 32'h30;  // RW: address in the tile, low word
  localparam logic [31:0] DMA_ADDRESS_HIGH   = 32'h34;  // RW: address in the tile, high word
  localparam logic [31:0] DMA_LENGTH         = 32'h38;  // RW: bytes
  localparam logic [31:0] DMA_START          = 32'h3C;  // WO: any write queues the transfer described above
  localparam logic [31:0] ROUTE_ADDRESS      = 32'h40;  // RW: where in host memory the list of input tiles begins: node, stream of the tile, bytes of it that the tile's buffer holds; 32 bits each
  localparam logic [31:0] ROUTE_COUNT        = 32'h44;  // RW: how many tiles inputs go to
  localparam logic [31:0] INPUT_BYTES        = 32'h48;  // RW: bytes of one image
  localparam logic [31:0] INPUT_STRIDE       = 32'h4C;  // RW: from one image to the next in the streams of the input tiles, bytes; at least INPUT_BYTES
  localparam logic [31:0] IMAGE_ADDRESS      = 32'h50;  // RW: where in host memory an image begins
  localparam logic [31:0] IMAGE_SUBMIT       = 32'h54;  // WO: any write queues the image at IMAGE_ADDRESS
  localparam logic [31:0] RESULT_ADDRESS     = 32'h58;  // RW: where in host memory results go, one image after another
  localparam logic [31:0] RESULT_BYTES       = 32'h5C;  // RW: bytes of one image's result
  localparam logic [31:0] RESULTS            = 32'h60;  // RO: results complete since reset

  // Fields: masks.
  localparam logic [31:0] CONTROL_RESET                = 32'h1;  // hardware reset
  localparam logic [31:0] STATUS_BUSY                  = 32'h1;  // transfers or images are under way
  localparam logic [31:0] STATUS_PROGRAMMED            = 32'h2;  // every committed tile is programmed
  localparam logic [31:0] INTERRUPT_ENABLE_RESULT      = 32'h1;  // an image's result raises the interrupt
  localparam logic [31:0] INTERRUPT_ENABLE_PROGRAMMED  = 32'h2;  // the end of programming raises the interrupt
  localparam logic [31:0] INTERRUPT_STATUS_RESULT      = 32'h1;  // an image's result is complete
  localparam logic [31:0] INTERRUPT_STATUS_PROGRAMMED  = 32'h2;  // all committed tiles are programmed
  localparam logic [31:0] DMA_KIND_COMMIT              = 32'h1;  // commit a program rather than carry bytes

  localparam logic [31:0] CHIP_ID     = 32'h4C495443;
  localparam logic [31:0] MEMORY_BASE = 32'h10000000;

endpackage
