using System.Buffers;

namespace Akka.Broker.Client.Producing;

/// <summary>A buffer a thread for keys and values between serializer and batch. A serializer that sends records itself gets one of its own.</summary>
internal static class SerializationScratch
{
    private const int KeptMax = 256 * 1024;

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? _idle;

    public static ArrayBufferWriter<byte> Rent()
    {
        var scratch = _idle ?? new ArrayBufferWriter<byte>(1024);
        _idle = null;
        return scratch;
    }

    public static void Return(ArrayBufferWriter<byte> scratch)
    {
        if (scratch.Capacity > KeptMax)
            return;
        scratch.ResetWrittenCount();
        _idle = scratch;
    }
}
