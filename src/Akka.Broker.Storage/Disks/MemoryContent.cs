namespace Akka.Broker.Storage.Disks;

/// <summary>The bytes of a file of a <see cref="MemoryDisk"/>, as they are and as of the last sync. Guarded by the disk's lock.</summary>
internal sealed class MemoryContent
{
    private const int SectorBytes = 512;

    private byte[] _bytes = [];
    private int _length;
    private byte[] _synced = [];
    private bool _isSynced = true;

    public long Length => _length;

    public long LastWriteMs { get; set; }

    public long ReservedEnd { get; set; }

    public int Read(long position, Span<byte> destination)
    {
        var count = (int)Math.Clamp(_length - position, 0, destination.Length);
        _bytes.AsSpan((int)Math.Min(position, _length), count).CopyTo(destination);
        return count;
    }

    public void Write(long position, ReadOnlySpan<byte> source, long nowMs)
    {
        var end = checked((int)(position + source.Length));
        if (end > _length)
            SetLength(end);
        source.CopyTo(_bytes.AsSpan((int)position));
        LastWriteMs = nowMs;
        _isSynced = false;
    }

    public void SetLength(long length)
    {
        var next = checked((int)length);
        if (next > _bytes.Length)
            Array.Resize(ref _bytes, Math.Max(next, _bytes.Length * 2));
        if (next < _length)
            _bytes.AsSpan(next, _length - next).Clear();
        _length = next;
        _isSynced = false;
    }

    public void Sync()
    {
        if (_isSynced)
            return;
        _synced = ToArray();
        _isSynced = true;
    }

    public byte[] ToArray() => _bytes[.._length];

    public MemoryContent Copy() => Of(ToArray(), LastWriteMs);

    /// <summary>Any length between the synced one and the present one; each sector is the old one or the new one, what never was synced perhaps zeros.</summary>
    public MemoryContent Crash(Random random)
    {
        if (_isSynced)
            return Copy();
        var shorter = Math.Min(_length, _synced.Length);
        var longer = Math.Max(_length, _synced.Length);
        var bytes = new byte[random.Next(shorter, longer + 1)];
        for (var at = 0; at < bytes.Length; at += SectorBytes)
        {
            var count = Math.Min(SectorBytes, bytes.Length - at);
            var source = random.Next(3) == 0 ? _synced : _bytes.AsSpan(0, _length);
            if (source.Length > at)
                source.Slice(at, Math.Min(count, source.Length - at)).CopyTo(bytes.AsSpan(at));
        }
        return Of(bytes, LastWriteMs);
    }

    private static MemoryContent Of(byte[] bytes, long lastWriteMs) =>
        new() { _bytes = bytes, _length = bytes.Length, _synced = [.. bytes], LastWriteMs = lastWriteMs, _isSynced = true };
}
