using System.Buffers;

namespace Akka.Broker.Client;

/// <summary>Which part of a record is serialized.</summary>
public enum RecordPart
{
    Key,
    Value,
}

/// <summary>What a serializer may want to know beside the value.</summary>
/// <param name="Topic">Where the record goes, or comes from.</param>
/// <param name="Part">Whether it is the key or the value.</param>
public readonly record struct SerializationContext(string Topic, RecordPart Part);

/// <summary>Makes bytes of keys or values. A null is written as null without asking. Many threads at once.</summary>
public interface ISerializer<in T>
{
    void Serialize(T value, IBufferWriter<byte> destination, in SerializationContext context);
}

/// <summary>Makes keys or values of bytes. Many threads at once.</summary>
public interface IDeserializer<out T>
{
    /// <param name="data">The record's own memory: what is to be kept is copied.</param>
    /// <param name="isNull">It is null, which is not the same as empty.</param>
    /// <param name="context">Where it comes from.</param>
    T Deserialize(ReadOnlySpan<byte> data, bool isNull, in SerializationContext context);
}

/// <summary>Both directions.</summary>
public interface ISerde<T> : ISerializer<T>, IDeserializer<T>;
