using Akka.Actor;
using Akka.Configuration;
using Akka.Util;

namespace Akka.Serialization;

/// <summary>Reads <c>akka.actor.serialization-identifiers</c>.</summary>
public static class SerializerIdentifierHelper
{
    private const string Section = "akka.actor.serialization-identifiers";

    public static int GetSerializerIdentifierFromConfig(Type type, ExtendedActorSystem system)
    {
        if (system.Settings.Config.GetConfig(Section) is { } identifiers)
        {
            foreach (var (name, identifier) in identifiers.AsEnumerable())
            {
                if (name.Contains(type.Name, StringComparison.Ordinal) && TypeResolver.TryResolve(name) == type)
                    return identifier.GetInt();
            }
        }
        throw new ConfigurationException(
            $"{Section} has no entry for [{type.FullName}, {type.Assembly.GetName().Name}]; add one with a number above 40, or override {nameof(Serializer.Identifier)}");
    }
}
