"""Every word on the pages, in English and Spanish, by key. `{…}` are filled in, escaped, where a page says it."""

from collections.abc import Mapping
from typing import NamedTuple

from identity.people.account import Language
from kernel.auth.principal import Role, Scope


class Said(NamedTuple):
    """The same in each language."""

    en: str
    es: str


def say(key: str, language: Language) -> str:
    """The words of a key in a language; raises KeyError for a key that there is not."""
    said = TEXTS[key]
    return said.es if language == "es" else said.en


_SCOPES: Mapping[Scope, Said] = {
    "content:read": Said("See content: texts, images and brand assets", "Ver contenidos: textos, imágenes y recursos"),
    "content:write": Said("Create and change content drafts", "Crear y modificar borradores de contenido"),
    "ads:read": Said("See advertising campaigns and their results", "Ver campañas de publicidad y sus resultados"),
    "ads:write": Said(
        "Plan and change advertising campaigns; nothing is launched without approval",
        "Planificar y modificar campañas de publicidad; nada se lanza sin aprobación",
    ),
    "crm:read": Said("See leads, customers and their contact data", "Ver clientes potenciales, clientes y sus datos"),
    "crm:write": Said("Create and change leads and customers", "Crear y modificar clientes potenciales y clientes"),
    "analytics:read": Said("See figures and reports", "Ver cifras e informes"),
    "hub:read": Said("See clients, campaigns and their key figures", "Ver empresas, campañas y sus indicadores"),
    "hub:write": Said("Create and change clients and strategies", "Crear y modificar empresas y estrategias"),
    "approvals:read": Said(
        "See what waits for approval and what was decided", "Ver qué espera aprobación y qué se decidió"
    ),
    "approvals:decide": Said("Approve or reject actions in your name", "Aprobar o rechazar acciones en su nombre"),
    "actions:propose": Said(
        "Propose actions, which a person must approve before they happen",
        "Proponer acciones, que una persona debe aprobar antes de que ocurran",
    ),
    "actions:execute": Said("Carry out approved actions", "Ejecutar acciones aprobadas"),
    "identity:admin": Said(
        "Administer people, their roles and invitations", "Administrar personas, roles e invitaciones"
    ),
    "privacy:admin": Said("Export and erase personal data", "Exportar y borrar datos personales"),
}
_ROLES: Mapping[Role, Said] = {
    "marketer": Said("marketer", "marketing"),
    "sales_agent": Said("sales agent", "ventas"),
    "reviewer": Said("reviewer", "revisión"),
    "viewer": Said("viewer", "consulta"),
    "admin": Said("administrator", "administración"),
}
_RESOURCES: Mapping[str, Said] = {
    "content": Said("Content", "Contenidos"),
    "ads": Said("Advertising", "Publicidad"),
    "crm": Said("Customers", "Clientes"),
    "analytics": Said("Analytics", "Análisis"),
    "approvals": Said("Approvals", "Aprobaciones"),
    "hub": Said("Campaign hub", "Central de campañas"),
    "orchestrator": Said("Assistant", "Asistente"),
    "identity": Said("Account", "Cuenta"),
}
_KINDS: Mapping[str, Said] = {
    "invalid_input": Said("The request cannot be understood.", "No se entiende la solicitud."),
    "unauthenticated": Said("You have to sign in for this.", "Para esto hay que iniciar sesión."),
    "forbidden": Said("This is not allowed.", "Esto no está permitido."),
    "not_found": Said("What you are looking for is not here.", "Lo que busca no está aquí."),
    "conflict": Said("This is no longer possible.", "Esto ya no es posible."),
    "unavailable": Said(
        "Something does not answer at the moment. Please try again in a minute.",
        "Algo no responde en este momento. Inténtelo de nuevo en un minuto.",
    ),
}

TEXTS: Mapping[str, Said] = {
    "language.name": Said("English", "Español"),
    "language.choose": Said("Language", "Idioma"),
    "skip": Said("Skip to the content", "Ir al contenido"),
    "problem.title": Said("Please check this", "Revise lo siguiente"),
    "email": Said("E-mail", "Correo electrónico"),
    "password": Said("Password", "Contraseña"),
    "organization": Said("Organization", "Organización"),
    # Signing in
    "sign_in.title": Said("Sign in", "Iniciar sesión"),
    "sign_in.for": Said("to continue to {client}", "para continuar en {client}"),
    "sign_in.plain": Said("to your PromptSales account", "en su cuenta de PromptSales"),
    "sign_in.submit": Said("Sign in", "Iniciar sesión"),
    "sign_in.organization_hint": Said(
        "Only if your e-mail is known in several. Its short name, such as acme.",
        "Solo si su correo existe en varias. Su nombre corto, por ejemplo acme.",
    ),
    "sign_in.more": Said("Name an organization", "Indicar una organización"),
    "sign_in.forgotten": Said(
        "Forgotten your password? An administrator of your organization can give you a link to set a new one.",
        "¿Olvidó su contraseña? La administración de su organización puede darle un enlace para poner otra.",
    ),
    "sign_in.rejected": Said(
        "The e-mail or the password is wrong. After several failures an account stays closed for up to 15 minutes.",
        "El correo o la contraseña no son correctos. Tras varios errores, una cuenta queda cerrada hasta 15 minutos.",
    ),
    "sign_in.too_many": Said(
        "There were too many attempts. Please try again in {minutes} minutes.",
        "Hubo demasiados intentos. Inténtelo de nuevo dentro de {minutes} minutos.",
    ),
    "sign_in.unavailable": Said(
        "Signing in is not possible at the moment. Please try again in a minute.",
        "En este momento no se puede iniciar sesión. Inténtelo de nuevo en un minuto.",
    ),
    "sign_in.expired": Said("That took too long. Please sign in again.", "Tardó demasiado. Inicie sesión de nuevo."),
    "choose.title": Said("Choose an organization", "Elija una organización"),
    "choose.lead": Said("Your account exists in several.", "Su cuenta existe en varias."),
    # Consent
    "consent.title": Said("Allow access?", "¿Permitir el acceso?"),
    "consent.lead": Said(
        "{client} asks to work with PromptSales in your name.", "{client} pide trabajar con PromptSales en su nombre."
    ),
    "consent.verified": Said("Verified: part of PromptSales", "Verificada: parte de PromptSales"),
    "consent.built-in": Said(
        "Not verified: any application can use this name.",
        "Sin verificar: cualquier aplicación puede usar este nombre.",
    ),
    "consent.registered": Said(
        "Registered by an administrator of PromptSales", "Registrada por la administración de PromptSales"
    ),
    "consent.dynamic": Said(
        "Not verified: this application registered itself. Anyone can use this name.",
        "Sin verificar: esta aplicación se registró sola. Cualquiera puede usar este nombre.",
    ),
    "consent.document": Said(
        "Not verified: known only by what {host} says about it.",
        "Sin verificar: solo se conoce por lo que dice {host}.",
    ),
    "consent.to_site": Said("{where}", "{where}"),
    "consent.to_computer": Said(
        "A program on this computer, {where}. Allow it only if you started it yourself just now.",
        "Un programa de este equipo, {where}. Permítalo solo si usted acaba de iniciarlo.",
    ),
    "consent.to_app": Said(
        "The app on this device that opens {where} links", "La aplicación de este dispositivo que abre enlaces {where}"
    ),
    "consent.who": Said("Signed in as", "Sesión iniciada como"),
    "consent.in": Said("in {organization}", "en {organization}"),
    "consent.not_you": Said("Not you? Sign out", "¿No es usted? Cierre la sesión"),
    "consent.where": Said("Part of PromptSales", "Parte de PromptSales"),
    "consent.application": Said("Application", "Aplicación"),
    "consent.answer": Said("Where the answer goes", "Adónde va la respuesta"),
    "consent.scopes": Said("It will be able to", "Podrá"),
    "consent.narrow": Said("Untick what you do not want to allow.", "Desmarque lo que no quiera permitir."),
    "consent.profile": Said("See your name and e-mail", "Ver su nombre y su correo electrónico"),
    "consent.end": Said(
        "You can end the access at any time in your account.", "Puede retirar el acceso en su cuenta cuando quiera."
    ),
    "consent.allow": Said("Allow", "Permitir"),
    "consent.deny": Said("Deny", "Denegar"),
    # Account
    "account.title": Said("Your account", "Su cuenta"),
    "account.connected": Said("Connected applications", "Aplicaciones conectadas"),
    "account.none": Said("No application is connected.", "No hay ninguna aplicación conectada."),
    "account.since": Said("Since {date}", "Desde el {date}"),
    "account.allows": Said("What it may do", "Qué puede hacer"),
    "account.disconnect": Said("Disconnect", "Desconectar"),
    "account.disconnect_which": Said("Disconnect {client}", "Desconectar {client}"),
    "account.disconnected": Said("The application is disconnected.", "La aplicación está desconectada."),
    "account.password": Said("Change password", "Cambiar la contraseña"),
    "account.password_effect": Said(
        "All connected applications and other browsers are signed out.",
        "Se cierran todas las aplicaciones conectadas y los demás navegadores.",
    ),
    "account.current": Said("Current password", "Contraseña actual"),
    "account.current_wrong": Said("The current password is wrong.", "La contraseña actual no es correcta."),
    "account.changed": Said("Your password is changed.", "Su contraseña ha cambiado."),
    "account.sign_out": Said("Sign out", "Cerrar la sesión"),
    # New passwords
    "new.password": Said("New password", "Contraseña nueva"),
    "new.repeat": Said("New password, again", "Contraseña nueva, otra vez"),
    "new.hint": Said(
        "At least 12 characters. Four unrelated words are good.",
        "Al menos 12 caracteres. Cuatro palabras sin relación son una buena opción.",
    ),
    "new.different": Said("The two new passwords differ.", "Las dos contraseñas nuevas son distintas."),
    "new.short": Said(
        "The new password has fewer than 12 characters.", "La contraseña nueva no llega a 12 caracteres."
    ),
    "new.long": Said("The new password has more than 256 characters.", "La contraseña nueva pasa de 256 caracteres."),
    "new.characters": Said(
        "The new password holds characters that are no text.", "La contraseña nueva tiene caracteres que no son texto."
    ),
    "new.email": Said(
        "The new password is your e-mail, or little more.", "La contraseña nueva es su correo, o poco más."
    ),
    "new.obvious": Said(
        "The new password is easy to guess. Choose another.",
        "La contraseña nueva se adivina con facilidad. Elija otra.",
    ),
    # Signing out
    "sign_out.title": Said("Sign out?", "¿Cerrar la sesión?"),
    "sign_out.lead": Said(
        "You are signed in as {name}. What you connected from this browser is signed out as well.",
        "Su sesión está iniciada como {name}. También se cierra lo que conectó desde este navegador.",
    ),
    "sign_out.submit": Said("Sign out", "Cerrar la sesión"),
    "sign_out.stay": Said("Stay signed in", "Seguir con la sesión"),
    "sign_out.done": Said("You are signed out", "La sesión está cerrada"),
    "sign_out.again": Said("Sign in again", "Iniciar sesión de nuevo"),
    # Invitations
    "invitation.title": Said("Join {organization}", "Únase a {organization}"),
    "invitation.lead": Said(
        "You have been invited to work with PromptSales.", "Le han invitado a trabajar con PromptSales."
    ),
    "invitation.reset_title": Said("Set a new password", "Ponga una contraseña nueva"),
    "invitation.roles": Said("Your role", "Su rol"),
    "invitation.name": Said("Your name", "Su nombre"),
    "invitation.name_problem": Said(
        "Give your name, in up to 100 characters.", "Indique su nombre, con 100 caracteres o menos."
    ),
    "invitation.submit": Said("Join", "Unirse"),
    "invitation.reset_submit": Said("Set the password", "Poner la contraseña"),
    "invitation.done": Said(
        "Your password is set. You can sign in now.", "Su contraseña está puesta. Ya puede iniciar sesión."
    ),
    # Failures
    "failure.title": Said("This did not work", "No ha funcionado"),
    "failure.csrf_mismatch": Said(
        "The page was too old, or the form came from elsewhere. Go back, reload the page and try again.",
        "La página era antigua, o el formulario vino de otro sitio. Vuelva atrás, recargue la página y repita.",
    ),
    "failure.invitation_closed": Said(
        "This invitation was used, revoked or has expired. Ask an administrator for a new one.",
        "Esta invitación se usó, se retiró o caducó. Pida otra a la administración.",
    ),
    "failure.detail": Said("Detail", "Detalle"),
    "failure.account": Said("Go to your account", "Ir a su cuenta"),
    **{f"failure.{kind}": said for kind, said in _KINDS.items()},
    **{f"scope.{scope}": said for scope, said in _SCOPES.items()},
    **{f"role.{role}": said for role, said in _ROLES.items()},
    **{f"resource.{resource}": said for resource, said in _RESOURCES.items()},
}
