/* Two of XNNPACK's wasm kernels (float to int8 and to uint8) include <arm_neon.h> where they mean
   this. */
#include <wasm_simd128.h>
