using Akka.Broker.Protocol.Records;

namespace Akka.Broker.Protocol.Compression;

/// <summary>Zstandard (RFC 8878) by the system's library, with its default level; frames may follow one another.</summary>
internal sealed unsafe class ZstdCodec : ICodec
{
    private const int Level = 3;
    private const int RoomMin = 16 * 1024;

    public CompressionType Type => CompressionType.Zstd;

    public void Compress(ReadOnlySpan<byte> source, BoundedBuffer destination)
    {
        var zstd = ZstdLibrary.Loaded;
        destination.Advance(zstd.Compress(source, destination.GetSpan(zstd.CompressBound(source.Length)), Level));
    }

    public void Decompress(ReadOnlySpan<byte> source, BoundedBuffer destination)
    {
        var zstd = ZstdLibrary.Loaded;
        if (source.IsEmpty)
            throw new CorruptCompressedDataException("zstd: there is no frame");
        var decompressor = zstd.CreateDecompressor();
        try
        {
            fixed (byte* bytes = source)
            {
                var input = new ZstdLibrary.Buffer { Bytes = bytes, Size = (nuint)source.Length };
                DecompressAll(zstd, decompressor, ref input, destination);
            }
        }
        finally
        {
            zstd.FreeDecompressor(decompressor);
        }
    }

    private static void DecompressAll(ZstdLibrary zstd, void* decompressor, ref ZstdLibrary.Buffer input, BoundedBuffer destination)
    {
        while (true)
        {
            var room = destination.GetSpan(RoomMin);
            nuint result, produced;
            fixed (byte* to = room)
            fixed (ZstdLibrary.Buffer* from = &input)
            {
                var output = new ZstdLibrary.Buffer { Bytes = to, Size = (nuint)room.Length };
                result = zstd.Decompress(decompressor, &output, from);
                produced = output.Position;
            }

            if (zstd.TryGetError(result, out var error))
                throw new CorruptCompressedDataException($"zstd: {error}");
            destination.Advance((int)produced);
            if (input.Position < input.Size)
                continue;
            if (result == 0)
                return;
            if (produced < (nuint)room.Length)
                throw new CorruptCompressedDataException("zstd: the frame is cut off");
        }
    }
}
