using System.Runtime.InteropServices;

namespace Akka.Broker.Protocol.Tests.Compression;

/// <summary>The reference implementation of LZ4 frames, where the machine has it.</summary>
internal static unsafe class Liblz4
{
    private static readonly nint Handle = NativeLibrary.TryLoad("liblz4.so.1", out var handle) ? handle : 0;

    public static byte[] CompressFrame(
        byte[] source, uint blockSize, uint independent, uint contentChecksum, uint blockChecksum, bool hasContentSize, int level)
    {
        var preferences = new Preferences
        {
            BlockSizeId = blockSize,
            BlockMode = independent,
            ContentChecksum = contentChecksum,
            BlockChecksum = blockChecksum,
            ContentSize = hasContentSize ? (ulong)source.Length : 0,
            CompressionLevel = level,
        };
        var bound = (delegate* unmanaged<nuint, Preferences*, nuint>)Export("LZ4F_compressFrameBound");
        var compress = (delegate* unmanaged<byte*, nuint, byte*, nuint, Preferences*, nuint>)Export("LZ4F_compressFrame");
        var frame = new byte[bound((nuint)source.Length, &preferences)];
        fixed (byte* to = frame)
        fixed (byte* from = source)
            return frame[..(int)compress(to, (nuint)frame.Length, from, (nuint)source.Length, &preferences)];
    }

    public static byte[] DecompressFrame(byte[] frame, int length)
    {
        var create = (delegate* unmanaged<nint*, uint, nuint>)Export("LZ4F_createDecompressionContext");
        var decompress = (delegate* unmanaged<nint, byte*, nuint*, byte*, nuint*, void*, nuint>)Export("LZ4F_decompress");
        var free = (delegate* unmanaged<nint, nuint>)Export("LZ4F_freeDecompressionContext");
        nint context;
        Assert.Equal(0u, create(&context, 100));
        var output = new byte[length + 1];
        nuint produced = (nuint)output.Length, consumed = (nuint)frame.Length;
        fixed (byte* to = output)
        fixed (byte* from = frame)
            Assert.Equal(0u, decompress(context, to, &produced, from, &consumed, null));
        free(context);
        Assert.Equal(frame.Length, (int)consumed);
        return output[..(int)produced];
    }

    private static nint Export(string name)
    {
        Skip.If(Handle == 0, "SKIPPED: no liblz4.so.1 on this machine");
        return NativeLibrary.GetExport(Handle, name);
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Preferences
    {
        public uint BlockSizeId;
        public uint BlockMode;
        public uint ContentChecksum;
        public uint FrameType;
        public ulong ContentSize;
        public uint DictionaryId;
        public uint BlockChecksum;
        public int CompressionLevel;
        public uint AutoFlush;
        public uint FavorDecompressionSpeed;
        public uint Reserved0;
        public uint Reserved1;
        public uint Reserved2;
    }
}
