using System.Buffers.Binary;
using Akka.Broker.Storage.Disks;

namespace Akka.Broker.Storage.Segments;

/// <summary>Where in an entry the ordered number stands that is searched for.</summary>
internal enum EntryKey
{
    Int32At0,
    Int64At0,
    Int32At8,
}

/// <summary>
/// A file of entries of one size, ordered by every key, that grows at its end: what the three index files of a segment have in common.
/// <code>
///   file:    [0 … written)              entries that are in the file
///   memory:  [first … count)            the newest ones; first ≤ written ≤ count
/// </code>
/// One writer; readers take no lock: what they see is the block that is published, whose count only rises. A truncation publishes another block.
/// Entries reach the file when the memory is full, at a checkpoint and when the segment is sealed, which lets the memory go. A crash leaves any part of what was not
/// synced; recovery keeps entries below the recovery point and makes the others again.
/// </summary>
internal sealed class EntryFile(IDisk disk, string path, int entrySize) : IDisposable
{
    /// <summary>What is kept in memory of an active segment's file, at most.</summary>
    private const int EntriesInMemoryMax = 4096;
    private const int EntriesInMemoryMin = 16;

    /// <summary>A multiple of 8, 12 and 34.</summary>
    private const int ChunkBytes = 4080;

    private IDiskFile? _file;
    private Block _block = new(0, []);
    private int _written;
    private bool _unsynced;

    public string Path { get; private set; } = path;

    public int Count
    {
        get
        {
            var block = Volatile.Read(ref _block);
            return block.First + Volatile.Read(ref block.Count);
        }
    }

    /// <summary>Takes what is in the file; false, and nothing taken, if there is no file or its length is no whole number of entries.</summary>
    public bool Load()
    {
        var length = disk.FileLength(Path);
        if (length < 0 || length % entrySize != 0 || length / entrySize > int.MaxValue)
            return false;
        _written = (int)(length / entrySize);
        Volatile.Write(ref _block, new Block(_written, []));
        return true;
    }

    /// <summary>Begins anew, with no entries and an empty file, or none if <paramref name="withFile"/> says so.</summary>
    public void Reset(bool withFile)
    {
        Volatile.Write(ref _block, new Block(0, []));
        _written = 0;
        if (withFile)
            File().SetLength(0);
        else if (disk.FileExists(Path))
            Delete();
        _unsynced = withFile;
    }

    public void Append(ReadOnlySpan<byte> entry)
    {
        var block = _block;
        if ((block.Count + 1) * entrySize > block.Bytes.Length)
            block = MakeRoom(block);
        entry.CopyTo(block.Bytes.AsSpan(block.Count * entrySize));
        Volatile.Write(ref block.Count, block.Count + 1);
    }

    /// <summary>False if there is no such entry.</summary>
    public bool TryRead(int index, Span<byte> entry)
    {
        var block = Volatile.Read(ref _block);
        if (index < 0 || index >= block.First + Volatile.Read(ref block.Count))
            return false;
        if (index >= block.First)
            block.Bytes.AsSpan((index - block.First) * entrySize, entrySize).CopyTo(entry);
        else if (File().Read((long)index * entrySize, entry[..entrySize]) < entrySize)
            return false;
        return true;
    }

    /// <summary>The index of the last entry whose key is at most this; -1 if there is none.</summary>
    public int LastAtMost(EntryKey key, long most)
    {
        var block = Volatile.Read(ref _block);
        var count = Volatile.Read(ref block.Count);
        var inMemory = LastAtMost(block.Bytes.AsSpan(0, count * entrySize), key, most);
        if (inMemory >= 0)
            return block.First + inMemory;
        return block.First == 0 ? -1 : LastAtMostInFile(block.First, key, most);
    }

    /// <summary>Forgets the entries from this index on, in the file too.</summary>
    public void Truncate(int count)
    {
        var block = _block;
        if (count >= block.First + block.Count)
            return;
        var kept = count <= block.First ? new Block(count, []) : new Block(block.First, block.Bytes.AsSpan(0, (count - block.First) * entrySize).ToArray());
        kept.Count = count - kept.First;
        Volatile.Write(ref _block, kept);
        if (_written > count)
        {
            _written = count;
            File().SetLength((long)count * entrySize);
            _unsynced = true;
        }
    }

    /// <summary>Writes to the file what is not there yet.</summary>
    public void WritePending()
    {
        var block = _block;
        var pending = block.First + block.Count - _written;
        if (pending == 0)
            return;
        File().Write((long)_written * entrySize, block.Bytes.AsSpan((_written - block.First) * entrySize, pending * entrySize));
        _written += pending;
        _unsynced = true;
    }

    /// <summary>Writes all to the file and lets the memory go.</summary>
    public void Seal()
    {
        WritePending();
        if (_block.Count > 0)
            Volatile.Write(ref _block, new Block(_written, []));
    }

    /// <summary>Syncs the file if it was written to since. May run beside the writer.</summary>
    public void Sync()
    {
        if (!Volatile.Read(ref _unsynced))
            return;
        Volatile.Write(ref _unsynced, false);
        File().Sync();
    }

    /// <summary>Opens the file now, if it has entries that are not in memory, so that what it is renamed to later, and what gets its name, do not matter.</summary>
    public void HoldOpen()
    {
        if (Volatile.Read(ref _block).First > 0)
            File();
    }

    public void Move(string path)
    {
        if (disk.FileExists(Path))
            disk.Move(Path, path);
        Path = path;
    }

    public void Dispose() => Interlocked.Exchange(ref _file, null)?.Dispose();

    private void Delete()
    {
        Dispose();
        disk.DeleteFile(Path);
    }

    private IDiskFile File()
    {
        if (Volatile.Read(ref _file) is { } file)
            return file;
        file = disk.Open(Path, DiskFileMode.OpenOrCreate);
        if (Interlocked.CompareExchange(ref _file, file, null) is not { } other)
            return file;
        file.Dispose();
        return other;
    }

    private Block MakeRoom(Block block)
    {
        var capacity = block.Bytes.Length / entrySize;
        if (capacity >= EntriesInMemoryMax)
        {
            try
            {
                WritePending();
                return Publish(block, block.Count / 2, capacity);
            }
            catch (DiskFullException)
            {
                // The entries stay in memory until there is space for them.
            }
        }
        return Publish(block, 0, Math.Max(EntriesInMemoryMin, capacity * 2));
    }

    private Block Publish(Block old, int drop, int capacity)
    {
        var block = new Block(old.First + drop, new byte[capacity * entrySize]) { Count = old.Count - drop };
        old.Bytes.AsSpan(drop * entrySize, block.Count * entrySize).CopyTo(block.Bytes);
        Volatile.Write(ref _block, block);
        return block;
    }

    private int LastAtMostInFile(int count, EntryKey key, long most)
    {
        Span<byte> chunk = stackalloc byte[ChunkBytes];
        var file = File();
        var low = 0;
        var high = count;
        while (high - low > ChunkBytes / entrySize)
        {
            var middle = low + (high - low) / 2;
            if (file.Read((long)middle * entrySize, chunk[..entrySize]) < entrySize || Key(chunk, key) > most)
                high = middle;
            else
                low = middle;
        }
        var read = file.Read((long)low * entrySize, chunk[..((high - low) * entrySize)]);
        var found = LastAtMost(chunk[..(read / entrySize * entrySize)], key, most);
        return found < 0 ? -1 : low + found;
    }

    private int LastAtMost(ReadOnlySpan<byte> entries, EntryKey key, long most)
    {
        var low = 0;
        var high = entries.Length / entrySize;
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (Key(entries[(middle * entrySize)..], key) <= most)
                low = middle + 1;
            else
                high = middle;
        }
        return low - 1;
    }

    private static long Key(ReadOnlySpan<byte> entry, EntryKey key) => key switch
    {
        EntryKey.Int32At0 => BinaryPrimitives.ReadInt32BigEndian(entry),
        EntryKey.Int64At0 => BinaryPrimitives.ReadInt64BigEndian(entry),
        _ => BinaryPrimitives.ReadInt32BigEndian(entry[8..]),
    };

    private sealed class Block(int first, byte[] bytes)
    {
        public readonly int First = first;
        public readonly byte[] Bytes = bytes;
        public int Count;
    }
}
