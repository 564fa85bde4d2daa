namespace Akka.Broker.Protocol.Compression;

/// <summary>A codec could not do its work. The three kinds tell whose fault it is: the data's, the limit's or this machine's.</summary>
public abstract class CodecException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>The compressed bytes are not what their codec calls valid: damaged, cut off, or of another format.</summary>
public sealed class CorruptCompressedDataException(string message, Exception? inner = null) : CodecException(message, inner);

/// <summary>The data would decompress to more than the caller allows. Nothing beyond the limit was kept.</summary>
public sealed class DecompressedSizeExceededException(int bytesMax)
    : CodecException($"the data decompresses to more than the {bytesMax} bytes that are allowed")
{
    public int BytesMax { get; } = bytesMax;
}

/// <summary>The codec needs a library that this machine does not have.</summary>
public sealed class CodecUnavailableException(string message, Exception? inner = null) : CodecException(message, inner);
