using System.Reflection;
using Optim.Properties.Checking;
using Xunit;

namespace Optim.Properties.Packages;

/// <summary>
/// Every public member of the packages stands in a file, so that a change of what users compile against is seen as one. OPTIM_UPDATE_API=1 writes the files anew.
/// </summary>
public class PublicApiTests
{
    public static TheoryData<string> Assemblies => ["Optim.Core", "Optim.CSharp", "Optim.Laws", "Optim.Networks", "Optim.Tuning"];

    [Theory]
    [MemberData(nameof(Assemblies))]
    public void The_public_members_are_those_on_file(string assembly)
    {
        string[] actual = [.. Lines(Assembly.Load(assembly))];
        string file = assembly + ".txt", copy = Path.Combine(AppContext.BaseDirectory, "Packages", file);
        if (Environment.GetEnvironmentVariable("OPTIM_UPDATE_API") == "1")
        {
            File.WriteAllLines(Path.Combine(Repository.Root, "tests", "Properties", "Packages", file), actual);
            return;
        }

        string[] expected = File.Exists(copy) ? File.ReadAllLines(copy) : [];
        string[] changes = [.. expected.Except(actual).Select(line => "- " + line), .. actual.Except(expected).Select(line => "+ " + line)];
        Assert.True(
            changes.Length == 0,
            $"The public members of {assembly} have changed:\n{string.Join('\n', changes)}\nIf that is meant, run " +
            "OPTIM_UPDATE_API=1 dotnet test tests/Properties --filter PublicApiTests and commit tests/Properties/Packages/" + file +
            "; what is taken away or changed breaks users and belongs into CHANGELOG.md.");
    }

    private static IEnumerable<string> Lines(Assembly assembly) =>
        from type in assembly.GetExportedTypes()
        from line in Members(type).Distinct().Order(StringComparer.Ordinal).Prepend(Header(type)).Select(line => line == Header(type) ? line : $"{Name(type)}: {line}")
        group line by Name(type) into lines
        orderby lines.Key
        from line in lines
        select line;

    private static string Header(Type type)
    {
        string kind = type.IsEnum ? "enum" : type.IsValueType ? "struct" : type.IsInterface ? "interface" : type.IsAbstract && type.IsSealed ? "static class"
            : type.IsAbstract ? "abstract class" : type.IsSealed ? "sealed class" : "class";
        var parents = type.GetInterfaces().Where(i => i.IsPublic).Select(Name).Order(StringComparer.Ordinal);
        return $"{kind} {Name(type)} : {string.Join(", ", parents.Prepend(type.BaseType is { } parent ? Name(parent) : "none"))}";
    }

    private static IEnumerable<string> Members(Type type)
    {
        const BindingFlags Own = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;
        foreach (var method in type.GetMethods(Own).Where(m => m.IsPublic || m.IsFamily || m.IsFamilyOrAssembly))
        {
            string modifier = method.IsStatic ? "static " : method.IsAbstract ? "abstract " : method.IsVirtual && !method.IsFinal ? "virtual " : "";
            string generic = method.IsGenericMethod ? $"<{string.Join(", ", method.GetGenericArguments().Select(Name))}>" : "";
            yield return $"{modifier}{Name(method.ReturnType)} {method.Name}{generic}({Parameters(method)})";
        }

        foreach (var constructor in type.GetConstructors(Own).Where(c => c.IsPublic || c.IsFamily))
        {
            yield return $"new({Parameters(constructor)})";
        }

        foreach (var field in type.GetFields(Own).Where(f => f.IsPublic && !f.IsSpecialName))
        {
            yield return $"{Name(field.FieldType)} {field.Name}" + (field.IsLiteral ? FormattableString.Invariant($" = {field.GetRawConstantValue()}") : "");
        }
    }

    private static string Parameters(MethodBase method) =>
        string.Join(", ", method.GetParameters().Select(p => $"{Name(p.ParameterType)} {p.Name}" + (p.HasDefaultValue ? FormattableString.Invariant($" = {p.RawDefaultValue ?? "null"}") : "")));

    private static string Name(Type type)
    {
        if (type.IsArray || type.IsByRef || type.IsPointer)
        {
            return Name(type.GetElementType()!) + (type.IsArray ? "[]" : type.IsByRef ? "&" : "*");
        }

        string own = type.Name.Split('`')[0];
        string name = type.IsNested && !type.IsGenericParameter ? $"{Name(type.DeclaringType!)}.{own}" : own;
        return type.IsGenericType ? $"{name}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>" : name;
    }
}
