# XNNPACK's operator library without its graph runtime.
#
# XNNPACK's own CMake does not know Emscripten, and builds every operator. This builds the same sources, from the
# kernel lists that XNNPACK generates for its releases, natively and to WebAssembly by the same rules, so that
# both sides compute with the same version of the same operators.
set(XNN ${SOURCES}/xnnpack)

# Only what the core calls is built: fully connected layers with f32 weights, with int8 weights, and with int8 weights
# and int8 rows. That is a fifth of XNNPACK's operators and kernels, and of the time to compile them. What is built
# still refers to some that are not, in functions that no program of ours reaches: linkers that drop those
# (--gc-sections; wasm always) do not miss them. A new operator wants its file here, and the kernels that the linker
# then misses.
set(OPERATORS fully-connected-nc)
set(CONFIGS experiments gemm hardware)
set(KERNELS f32-gemm f32-igemm f32-qc8w-gemm qd8-f32-qc8w-gemm qd8-f32-qc8w-igemm x8-packw x32-packw qs8-packw)

list(TRANSFORM OPERATORS PREPEND ${XNN}/src/operators/ OUTPUT_VARIABLE operator_sources)
list(TRANSFORM operator_sources APPEND .c)
list(TRANSFORM CONFIGS PREPEND ${XNN}/src/configs/ OUTPUT_VARIABLE config_sources)
list(TRANSFORM config_sources APPEND -config.c)
list(JOIN KERNELS "|" kernel_families)
file(GLOB shared_sources ${XNN}/src/enums/*.c)
list(APPEND shared_sources ${XNN}/src/reference/packing.cc)
foreach(name allocator cache datatype indirection init log memory microkernel-utils microparams-init mutex
             normalization operator-delete operator-run operator-utils params)
    list(APPEND shared_sources ${XNN}/src/${name}.c)
endforeach()

add_library(XNNPACK STATIC ${operator_sources} ${config_sources} ${shared_sources})
set_target_properties(XNNPACK PROPERTIES C_STANDARD 11 C_EXTENSIONS ON CXX_STANDARD 14 CXX_EXTENSIONS OFF)
target_include_directories(
    XNNPACK PRIVATE ${XNN}/include ${XNN}/src ${SOURCES}/pthreadpool/include ${SOURCES}/fxdiv/include
                    ${SOURCES}/fp16/include)
target_compile_options(XNNPACK PRIVATE -O2 -fno-math-errno $<$<COMPILE_LANGUAGE:CXX>:-fno-exceptions -fno-rtti>)

# Adds the production kernels of one instruction set, compiled with its flags.
function(add_kernels isa flags)
    string(TOUPPER ${isa} upper)
    include(${XNN}/cmake/gen/${isa}_microkernels.cmake)
    set(kernels ${PROD_${upper}_MICROKERNEL_SRCS})
    list(FILTER kernels INCLUDE REGEX "^src/(${kernel_families})/")
    if(NOT kernels)
        return()
    endif()
    list(TRANSFORM kernels PREPEND ${XNN}/)
    target_sources(XNNPACK PRIVATE ${kernels})
    if(flags)
        set_property(SOURCE ${kernels} PROPERTY COMPILE_OPTIONS ${flags})
    endif()
endfunction()

# XNNPACK tests these with #if, so every one needs a value. Both lists together are all that it knows.
set(enabled ASSEMBLY MEMOPT GEMM_M_SPECIALIZATION)
set(disabled
    ARM_FP16_VECTOR ARM_FP16_SCALAR ARM_BF16 ARM_DOTPROD ARM_I8MM ARM_SME ARM_SME2 RISCV_VECTOR RISCV_FP16_VECTOR
    VSX HVX KLEIDIAI SPARSE DWCONV_MULTIPASS AVX512AMX AVX512FP16 AVXVNNIINT8)
set(x86 AVXVNNI AVX256SKX AVX256VNNI AVX256VNNIGFNI AVX512F AVX512SKX AVX512VBMI AVX512VNNI AVX512VNNIGFNI)

add_kernels(scalar "")
if(EMSCRIPTEN)
    list(APPEND disabled ${x86} CPUINFO)
    add_kernels(wasm "")
    add_kernels(wasmsimd "")
    if(RELAXED_SIMD)
        add_kernels(wasmrelaxedsimd "")
    endif()
    # Some SIMD conversion kernels include <arm_neon.h> by mistake; ours gives them <wasm_simd128.h>.
    target_include_directories(XNNPACK BEFORE PRIVATE ${CMAKE_CURRENT_LIST_DIR}/xnnpack_include)
elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64)$")
    list(APPEND enabled ${x86} CPUINFO)
    set(skx -mf16c -mfma -mavx512f -mavx512cd -mavx512bw -mavx512dq -mavx512vl)
    add_kernels(sse "-msse;-mno-sse2")
    add_kernels(sse2 "-msse2;-mno-sse3")
    add_kernels(ssse3 "-mssse3;-mno-sse4.1")
    add_kernels(sse41 "-msse4.1;-mno-sse4.2")
    add_kernels(avx "-mavx;-mno-avx2;-mno-fma;-mno-f16c")
    add_kernels(f16c "-mf16c;-mno-avx2;-mno-fma")
    add_kernels(fma3 "-mf16c;-mfma;-mno-avx2")
    add_kernels(avx2 "-mf16c;-mfma;-mavx2")
    add_kernels(avxvnni "-mf16c;-mfma;-mavx2;-mavxvnni")
    add_kernels(avx256skx "${skx}")
    add_kernels(avx256vnni "${skx};-mavx512vnni")
    add_kernels(avx256vnnigfni "${skx};-mavx512vnni;-mgfni")
    add_kernels(avx512f "-mavx512f")
    add_kernels(avx512skx "${skx}")
    add_kernels(avx512vbmi "${skx};-mavx512vbmi")
    add_kernels(avx512vnni "${skx};-mavx512vnni")
    add_kernels(avx512vnnigfni "${skx};-mavx512vnni;-mgfni")
    target_include_directories(XNNPACK PRIVATE ${SOURCES}/cpuinfo/include)
else()
    message(FATAL_ERROR "No XNNPACK kernel list for '${CMAKE_SYSTEM_PROCESSOR}' yet: x86-64 and WebAssembly are "
                        "supported")
endif()

foreach(feature ${enabled})
    target_compile_definitions(XNNPACK PRIVATE XNN_ENABLE_${feature}=1)
endforeach()
foreach(feature ${disabled})
    target_compile_definitions(XNNPACK PRIVATE XNN_ENABLE_${feature}=0)
endforeach()
target_compile_definitions(XNNPACK PRIVATE XNN_LOG_LEVEL=0 FXDIV_USE_INLINE_ASSEMBLY=0)

# pthreadpool: its one-thread stand-in in WebAssembly without threads, else all of it.
set(PTP ${SOURCES}/pthreadpool)
if(EMSCRIPTEN AND NOT THREADS)
    set(threaded 0)
    set(pool_sources ${PTP}/src/shim.c)
else()
    set(threaded 1)
    set(pool_sources ${PTP}/src/portable-api.c ${PTP}/src/memory.c ${PTP}/src/pthreads.c ${PTP}/src/fastpath.c)
endif()
add_library(pthreadpool STATIC ${pool_sources})
set_target_properties(pthreadpool PROPERTIES C_STANDARD 11 C_EXTENSIONS OFF)
target_include_directories(pthreadpool PRIVATE ${PTP}/include ${PTP}/src ${SOURCES}/fxdiv/include)
target_compile_definitions(
    pthreadpool PRIVATE PTHREADPOOL_NO_DEPRECATED_API=1 PTHREADPOOL_USE_FASTPATH=${threaded} PTHREADPOOL_USE_CPUINFO=0
                        PTHREADPOOL_USE_CONDVAR=0 PTHREADPOOL_USE_FUTEX=${threaded} PTHREADPOOL_USE_GCD=0 PTHREADPOOL_USE_EVENT=0 _GNU_SOURCE)
target_compile_options(pthreadpool PRIVATE -O2)
set(libraries XNNPACK pthreadpool)

if(NOT EMSCRIPTEN)
    set(CPU ${SOURCES}/cpuinfo)
    file(GLOB cpu_sources ${CPU}/src/*.c ${CPU}/src/x86/*.c ${CPU}/src/x86/cache/*.c ${CPU}/src/x86/linux/*.c
         ${CPU}/src/linux/*.c)
    list(FILTER cpu_sources EXCLUDE REGEX "/mock[a-z]*\\.c$")
    add_library(cpuinfo STATIC ${cpu_sources})
    set_target_properties(cpuinfo PROPERTIES C_STANDARD 11 C_EXTENSIONS ON)
    target_include_directories(cpuinfo PRIVATE ${CPU}/include ${CPU}/src)
    target_compile_definitions(cpuinfo PRIVATE CPUINFO_LOG_LEVEL=2 _GNU_SOURCE=1)
    target_compile_options(cpuinfo PRIVATE -O2)
    list(APPEND libraries cpuinfo)
endif()

install(TARGETS ${libraries} ARCHIVE DESTINATION lib)
install(FILES ${XNN}/include/xnnpack.h ${PTP}/include/pthreadpool.h DESTINATION include)
