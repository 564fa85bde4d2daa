using System.Collections;
using System.Reflection;
using Akka.Broker.Protocol.Generator;
using Akka.Broker.Protocol.Messages;
using MessageRecords = Akka.Broker.Protocol.Messages.Records;

namespace Akka.Broker.Protocol.Tests.Messages;

/// <summary>Carries contents into a generated message's properties, by name, and checks that properties have them.</summary>
public static class MessageMapper
{
    public static IMessage Create(Message message)
    {
        var type = typeof(IMessage).Assembly.GetType($"Akka.Broker.Protocol.Messages.{message.ClassName}", throwOnError: true)!;
        return (IMessage)Activator.CreateInstance(type)!;
    }

    public static void Fill(object target, StructureValue value)
    {
        foreach (var (name, content) in value.Values)
        {
            var property = Property(target, name);
            property.SetValue(target, ToProperty(content, property.PropertyType));
        }

        if (value.Unknown.Count > 0)
            Property(target, "UnknownTaggedFields").SetValue(target, value.Unknown.ConvertAll(u => new RawTaggedField(u.Tag, u.Data)));
    }

    /// <summary>What the version has is as given; what it has not is as in a new message.</summary>
    public static void AssertHas(object actual, StructureValue expected)
    {
        var fresh = Activator.CreateInstance(actual.GetType())!;
        foreach (var field in expected.Structure.Fields)
        {
            var property = Property(actual, field.Name);
            if (expected.Values.TryGetValue(field.Name, out var content))
                AssertEqual(field, content, property.GetValue(actual));
            else if (property.GetValue(actual) is not IList)
                Assert.Equal(property.GetValue(fresh), property.GetValue(actual));
        }

        if (actual.GetType().GetProperty("UnknownTaggedFields") is { } unknown)
        {
            var fields = (List<RawTaggedField>?)unknown.GetValue(actual) ?? [];
            Assert.Equal(expected.Unknown.Select(u => (u.Tag, Convert.ToHexString(u.Data))), fields.Select(f => (f.Tag, Convert.ToHexString(f.Data.Span))));
        }
    }

    private static void AssertEqual(Field field, object? expected, object? actual)
    {
        switch (expected)
        {
            case StructureValue structure:
                AssertHas(Assert.IsType<object>(actual, exactMatch: false), structure);
                break;
            case List<object> list:
                var items = Assert.IsType<IList>(actual, exactMatch: false);
                Assert.Equal(list.Count, items.Count);
                for (var i = 0; i < list.Count; i++)
                    AssertEqual(field, list[i], items[i]);
                break;
            case byte[] bytes:
                Assert.Equal(bytes, actual is MemoryRecords records ? records.Memory.ToArray() : Assert.IsType<ReadOnlyMemory<byte>>(actual).ToArray());
                break;
            case short code when actual is ErrorCode error:
                Assert.Equal(code, (short)error);
                break;
            default:
                Assert.Equal(expected, actual);
                break;
        }
    }

    private static object? ToProperty(object? content, Type type)
    {
        switch (content)
        {
            case StructureValue structure:
                var target = Activator.CreateInstance(type)!;
                Fill(target, structure);
                return target;
            case List<object> list when type.IsArray:
                var array = Array.CreateInstance(type.GetElementType()!, list.Count);
                for (var i = 0; i < list.Count; i++)
                    array.SetValue(ToProperty(list[i], type.GetElementType()!), i);
                return array;
            case List<object> list:
                var items = (IList)Activator.CreateInstance(type)!;
                foreach (var item in list)
                    items.Add(ToProperty(item, type.GetGenericArguments()[0]));
                return items;
            case byte[] bytes:
                return type == typeof(MessageRecords) ? new MemoryRecords(bytes) : new ReadOnlyMemory<byte>(bytes);
            case short code when type == typeof(ErrorCode):
                return (ErrorCode)code;
            default:
                return content;
        }
    }

    private static PropertyInfo Property(object target, string name) =>
        target.GetType().GetProperty(name) ?? throw new InvalidOperationException($"{target.GetType()} has no property {name}");
}
