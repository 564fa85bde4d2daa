using System.Reflection;
using System.Runtime.ExceptionServices;
using System.Runtime.Serialization;
using Akka.Serialization;

namespace Akka.Remote.Serialization;

/// <summary>
/// Exceptions over the wire: type, message, stack trace, inner exception. The reader makes the same type where its assembly is loaded
/// and it has a public constructor of (message), or of (message, inner); else a <see cref="RemoteFailureException"/> that names the type.
/// Nothing else of an exception's state is sent, and no assembly is loaded because of a name in a message.
/// </summary>
internal static class ExceptionWire
{
    private const int DepthMax = 16;

    public static void Write(Exception? exception, WireWriter writer)
    {
        var depth = 0;
        for (; exception is not null && depth < DepthMax; exception = exception.InnerException, depth++)
        {
            writer.String(NameOf(exception));
            writer.String(exception.Message);
            writer.String(exception.StackTrace);
        }
        writer.String(null);
    }

    public static Exception? Read(ref WireReader reader)
    {
        var chain = new Stack<(string Type, string Message, string? Trace)>();
        while (reader.StringOrNull() is { } type)
        {
            if (chain.Count == DepthMax)
                throw new SerializationException($"an exception has more than {DepthMax} inner ones");
            chain.Push((type, reader.StringOrNull() ?? "", reader.StringOrNull()));
        }
        Exception? inner = null;
        foreach (var (type, message, trace) in chain)
        {
            inner = Make(type, message, inner) ?? new RemoteFailureException(type, message, inner);
            if (trace is not null)
                ExceptionDispatchInfo.SetRemoteStackTrace(inner, trace + Environment.NewLine);
        }
        return inner;
    }

    private static string NameOf(Exception exception) =>
        exception is RemoteFailureException remote ? remote.RemoteType : SerializerBindings.NameOf(exception.GetType());

    private static Exception? Make(string name, string message, Exception? inner)
    {
        if (LoadedType(name) is not { IsAbstract: false, ContainsGenericParameters: false } type || !typeof(Exception).IsAssignableFrom(type))
            return null;
        try
        {
            if (type.GetConstructor([typeof(string), typeof(Exception)]) is { } withInner)
                return (Exception)withInner.Invoke([message, inner]);
            return inner is null && type.GetConstructor([typeof(string)]) is { } withMessage ? (Exception)withMessage.Invoke([message]) : null;
        }
        catch (TargetInvocationException)
        {
            // A constructor that refuses this message: the reader gets the general exception with the type's name.
            return null;
        }
    }

    private static Type? LoadedType(string name)
    {
        var comma = name.IndexOf(',');
        if (comma < 0)
            return null;
        var (type, assembly) = (name[..comma], name[(comma + 1)..].Trim());
        return AppDomain.CurrentDomain.GetAssemblies().FirstOrDefault(each => each.GetName().Name == assembly)?.GetType(type);
    }
}
