/* Stands for the header that libmd's configure writes. sha2.c asks it only for the byte order, and
   WebAssembly is little-endian, which is what it takes for granted when nothing is said. */
