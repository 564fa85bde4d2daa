using Akka.Broker.Storage.Disks;

namespace Akka.Broker.Storage.Segments;

/// <summary>
/// Keeps some of the disk reserved behind the end of a file that grows, so that a write finds its blocks allocated: that halves what it costs, and the file
/// lies in long runs. As much is asked for as the file has, up to a limit, and nothing for a small one: thousands of quiet logs reserve nothing.
/// <code>
///   written ............... │ reserved, not part of the length │
///                           end ────▶ grows into it            the next step is asked for when a write would pass this
/// </code>
/// It is a convenience: a file system that cannot, or a disk that is nearly full, is not asked again for a step's length, and writes go on without.
/// A killed process leaves the reserve to the file until its segment is rolled, cut or closed. The writer's alone.
/// </summary>
internal sealed class SpaceAhead(IDiskFile file)
{
    /// <summary>Smaller files reserve nothing.</summary>
    public const int FileBytesMin = 1 << 20;

    public const int StepBytesMax = 16 << 20;

    private long _end;
    private bool _isReserved;

    /// <summary>Before <paramref name="bytes"/> are written at <paramref name="size"/> of a file that does not grow beyond <paramref name="sizeMax"/>.</summary>
    public void Need(long size, long bytes, long sizeMax)
    {
        var written = size + bytes;
        if (written <= _end || written < FileBytesMin)
            return;
        _end = Math.Max(written, Math.Min(written + Math.Min(written, StepBytesMax), sizeMax));
        _isReserved |= file.Reserve(size, _end - size);
    }

    /// <summary>What lies behind the end is the disk's again.</summary>
    public void GiveBack(long size)
    {
        if (_isReserved)
            file.SetLength(size);
        Forget();
    }

    /// <summary>The file was cut, and its reserve with it.</summary>
    public void Forget() => (_end, _isReserved) = (0, false);
}
