using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace Akka.Broker.Protocol.Compression;

/// <summary>
/// The system's libzstd, loaded at first need. The functions are those of its stable API (1.4 and newer); sizes are <c>size_t</c>,
/// and a result is an error if <see cref="TryGetError"/> says so.
/// </summary>
internal sealed unsafe class ZstdLibrary
{
    private static readonly string[] Names = ["libzstd.so.1", "libzstd.so", "libzstd.1.dylib", "libzstd.dylib", "libzstd.dll", "zstd.dll"];
    private static readonly Lazy<ZstdLibrary> Instance = new(() => Load(Names));

    private readonly delegate* unmanaged<void*, nuint, void*, nuint, int, nuint> _compress;
    private readonly delegate* unmanaged<nuint, nuint> _compressBound;
    private readonly delegate* unmanaged<void*> _createDecompressor;
    private readonly delegate* unmanaged<void*, nuint> _freeDecompressor;
    private readonly delegate* unmanaged<void*, Buffer*, Buffer*, nuint> _decompressStream;
    private readonly delegate* unmanaged<nuint, uint> _isError;
    private readonly delegate* unmanaged<nuint, byte*> _errorName;

    private ZstdLibrary(nint handle)
    {
        _compress = (delegate* unmanaged<void*, nuint, void*, nuint, int, nuint>)NativeLibrary.GetExport(handle, "ZSTD_compress");
        _compressBound = (delegate* unmanaged<nuint, nuint>)NativeLibrary.GetExport(handle, "ZSTD_compressBound");
        _createDecompressor = (delegate* unmanaged<void*>)NativeLibrary.GetExport(handle, "ZSTD_createDStream");
        _freeDecompressor = (delegate* unmanaged<void*, nuint>)NativeLibrary.GetExport(handle, "ZSTD_freeDStream");
        _decompressStream = (delegate* unmanaged<void*, Buffer*, Buffer*, nuint>)NativeLibrary.GetExport(handle, "ZSTD_decompressStream");
        _isError = (delegate* unmanaged<nuint, uint>)NativeLibrary.GetExport(handle, "ZSTD_isError");
        _errorName = (delegate* unmanaged<nuint, byte*>)NativeLibrary.GetExport(handle, "ZSTD_getErrorName");
    }

    /// <exception cref="CodecUnavailableException">It is not installed, or is something else than libzstd.</exception>
    public static ZstdLibrary Loaded => Instance.Value;

    /// <summary>The first of <paramref name="names"/> that the system finds.</summary>
    /// <exception cref="CodecUnavailableException">It finds none of them.</exception>
    public static ZstdLibrary Load(IReadOnlyList<string> names)
    {
        foreach (var name in names)
        {
            if (!NativeLibrary.TryLoad(name, out var handle))
                continue;
            try
            {
                return new ZstdLibrary(handle);
            }
            catch (EntryPointNotFoundException e)
            {
                NativeLibrary.Free(handle);
                throw new CodecUnavailableException($"zstd: the library {name} lacks a function that every libzstd from 1.4 on has: {e.Message}", e);
            }
        }

        throw new CodecUnavailableException(
            $"zstd: the system's libzstd is not installed (looked for {string.Join(", ", names)}). On Debian it is in the package libzstd1.");
    }

    public int CompressBound(int length) => checked((int)_compressBound((nuint)length));

    public int Compress(ReadOnlySpan<byte> source, Span<byte> destination, int level)
    {
        fixed (byte* from = source)
        fixed (byte* to = destination)
        {
            var result = _compress(to, (nuint)destination.Length, from, (nuint)source.Length, level);
            return TryGetError(result, out var error) ? throw new InvalidOperationException($"zstd: {error}") : (int)result;
        }
    }

    public void* CreateDecompressor()
    {
        var decompressor = _createDecompressor();
        return decompressor == null ? throw new OutOfMemoryException("zstd: no memory for a decompressor") : decompressor;
    }

    public void FreeDecompressor(void* decompressor) => _freeDecompressor(decompressor);

    /// <summary>Decompresses as much as both sides allow. 0: a frame has ended and is written out.</summary>
    public nuint Decompress(void* decompressor, Buffer* output, Buffer* input) => _decompressStream(decompressor, output, input);

    public bool TryGetError(nuint result, [NotNullWhen(true)] out string? error)
    {
        error = _isError(result) == 0 ? null : Marshal.PtrToStringUTF8((nint)_errorName(result)) ?? "unknown error";
        return error is not null;
    }

    /// <summary>Memory and how much of it is done: <c>ZSTD_inBuffer</c> and <c>ZSTD_outBuffer</c> have the same layout.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Buffer
    {
        public void* Bytes;
        public nuint Size;
        public nuint Position;
    }
}
